import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "contract", needs: "api.see", order: 280, view: () => import("@/contract/ContractView.vue") },
];
