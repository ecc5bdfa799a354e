import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "factors", needs: "factor.see", order: 110, view: () => import("@/factors/FactorsView.vue") },
];
