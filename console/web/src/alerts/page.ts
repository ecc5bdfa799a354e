import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "records", needs: "record.see", order: 190, view: () => import("@/alerts/RecordsView.vue") },
];
