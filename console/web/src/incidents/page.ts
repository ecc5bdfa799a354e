import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "incidents", needs: "incident.see", order: 180, view: () => import("@/incidents/IncidentsView.vue") },
];
