import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "devices", needs: "device.see", order: 240, view: () => import("@/devices/DevicesView.vue") },
  { page: "quarantine", needs: "quarantine.see", order: 270, view: () => import("@/devices/QuarantineView.vue") },
];
