import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "accounts", needs: "account.manage", order: 100, view: () => import("@/accounts/AccountsView.vue") },
];
