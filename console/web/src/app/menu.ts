/** Which pages each role has. */
import type { Role } from "@/api/types";

export interface MenuPage {
  page: string;
  roles: readonly Role[];
}

const station: readonly Role[] = ["operator", "leader"];

/** The menu, in its order. `page` is the address, the route's name, and the key of its label. */
export const MENU: readonly MenuPage[] = [
  { page: "desk", roles: station },
  { page: "spot-checks", roles: ["officer"] },
  { page: "map", roles: [...station, "officer"] },
  { page: "video", roles: [...station, "officer"] },
  { page: "company", roles: ["company"] },
  { page: "trails", roles: ["officer", "company"] },
  { page: "reviews", roles: ["officer", "company"] },
  { page: "m", roles: ["guard"] },
  { page: "audit", roles: ["auditor"] },
  { page: "accounts", roles: ["secadmin"] },
  { page: "factors", roles: ["secadmin", "auditor"] },
  { page: "sign-ins", roles: ["secadmin"] },
  { page: "point-calls", roles: [...station, "officer", "company"] },
  { page: "roster", roles: ["company", ...station, "officer"] },
  { page: "month", roles: ["company", ...station, "officer"] },
  { page: "shifts", roles: [...station, "company"] },
  { page: "phones", roles: ["company", ...station, "secadmin"] },
  { page: "incidents", roles: station },
  { page: "records", roles: [...station, "officer"] },
  { page: "alarms", roles: ["leader"] },
  { page: "sos-calls", roles: [...station, "officer", "company"] },
  { page: "hand-over", roles: [...station, "officer"] },
  { page: "setup", roles: ["sysadmin"] },
  { page: "devices", roles: ["sysadmin", "secadmin"] },
  { page: "cameras", roles: ["sysadmin", ...station] },
  { page: "alert-rules", roles: ["leader", "sysadmin"] },
  { page: "quarantine", roles: ["sysadmin"] },
];

export const menuOf = (role: Role | null): MenuPage[] => MENU.filter((one) => role !== null && one.roles.includes(role));

/** Where a role begins: the first page of its menu. */
export const landingOf = (role: Role | null): string => `/${menuOf(role)[0]?.page ?? "login"}`;
