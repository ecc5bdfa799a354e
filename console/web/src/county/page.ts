import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "setup", needs: "ground.set_up", order: 230, view: () => import("@/county/SetupView.vue") },
];
