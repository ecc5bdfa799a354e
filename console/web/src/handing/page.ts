import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "hand-over", needs: "hand_over.print", order: 220, view: () => import("@/handing/HandOverView.vue") },
];
