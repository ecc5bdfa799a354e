import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "map", needs: "map.see", order: 30, view: () => import("@/map/MapView.vue") },
];
