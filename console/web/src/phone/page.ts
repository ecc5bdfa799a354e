import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "m", needs: "own.task", order: 80, view: () => import("@/phone/GuardView.vue") },
];
