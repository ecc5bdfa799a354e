import type { Tree } from "@/locales";

export const files = import.meta.glob<Tree>("./*.json", { eager: true, import: "default" });
