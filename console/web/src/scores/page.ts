import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "company", needs: "company.guards", order: 50, view: () => import("@/scores/CompanyView.vue") },
];
