import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "alarms", needs: "alarms.see", order: 200, view: () => import("@/alarms/AlarmsView.vue") },
];
