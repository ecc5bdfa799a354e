import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "sos-calls", needs: "sos.see", order: 210, view: () => import("@/sos/SosCallsView.vue") },
];
