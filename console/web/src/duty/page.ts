import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "roster", needs: "roster.see", order: 140, view: () => import("@/duty/RosterView.vue") },
  { page: "month", needs: "roster.see", order: 150, view: () => import("@/duty/MonthView.vue") },
  { page: "shifts", needs: "shift.see", order: 160, view: () => import("@/duty/ShiftsView.vue") },
];
