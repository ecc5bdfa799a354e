import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "desk", needs: "alert.judge", order: 10, view: () => import("@/desk/DeskView.vue") },
];
