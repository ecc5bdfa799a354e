import type { Page } from "@/app/menu";

export const pages: readonly Page[] = [
  { page: "phones", needs: "phone.see", order: 170, view: () => import("@/phones/PhonesView.vue") },
];
