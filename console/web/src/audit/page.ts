import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "audit", needs: "audit.see", order: 90, view: () => import("@/audit/AuditView.vue") },
];
