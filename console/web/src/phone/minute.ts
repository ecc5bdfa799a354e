import { clock } from "@/ui/time";

/** `22:14`: a guard needs no seconds. */
export const minute = (at: number | null | undefined): string => clock(at).slice(0, 5);
