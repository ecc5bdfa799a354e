import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "video", needs: "live.clear", order: 40, view: () => import("@/cameras/VideoView.vue") },
  { page: "cameras", needs: "camera.see", order: 250, view: () => import("@/cameras/CamerasView.vue") },
];
