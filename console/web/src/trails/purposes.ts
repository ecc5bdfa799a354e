/** The closed list of why guards are looked at (their own trails and alerts apart). */
export const PURPOSES = ["spot_check", "point_call", "incident", "appeal", "complaint", "case", "maintenance"] as const;
/** Of the police alone. */
export const POLICE: readonly string[] = ["spot_check", "case"];
