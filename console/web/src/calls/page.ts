import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "point-calls", needs: "call.see", order: 130, view: () => import("@/calls/PointCallsView.vue") },
];
