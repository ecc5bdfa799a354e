import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "alert-rules", needs: "reason.set", order: 260, view: () => import("@/rules/AlertRulesView.vue") },
];
