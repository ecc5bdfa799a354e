import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "sign-ins", needs: "session.manage", order: 120, view: () => import("@/log_in/SignInsView.vue") },
];
