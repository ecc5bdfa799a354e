import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "trails", needs: "trail.look", order: 60, view: () => import("@/trails/TrailsView.vue") },
];
