import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "spot-checks", needs: "check.make", order: 20, view: () => import("@/checks/SpotChecksView.vue") },
  { page: "reviews", needs: "review.see", order: 70, view: () => import("@/checks/ReviewsView.vue") },
];
