import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import { useSession } from "@/stores/session";
import type { Role } from "@/types";

export interface MenuPage {
  page: string;
  roles: readonly Role[];
}

const station: readonly Role[] = ["operator", "leader"];

/** The menu, in its order. `page` is the address, the route's name, and the key of its label. */
export const MENU: readonly MenuPage[] = [
  { page: "desk", roles: station },
  { page: "spot-checks", roles: ["officer"] },
  { page: "trails", roles: ["officer"] },
  { page: "map", roles: [...station, "officer"] },
  { page: "video", roles: [...station, "officer"] },
  { page: "company", roles: ["company"] },
  { page: "m", roles: ["guard"] },
  { page: "audit", roles: ["auditor"] },
  { page: "accounts", roles: ["secadmin"] },
  { page: "point-calls", roles: [...station, "officer", "company"] },
  { page: "roster", roles: ["company", ...station, "officer"] },
  { page: "shifts", roles: [...station, "company"] },
  { page: "incidents", roles: station },
  { page: "setup", roles: ["sysadmin"] },
  { page: "devices", roles: ["sysadmin", "secadmin"] },
  { page: "cameras", roles: ["sysadmin", ...station] },
  { page: "quarantine", roles: ["sysadmin"] },
];

export const menuOf = (role: Role | null): MenuPage[] => MENU.filter((one) => role !== null && one.roles.includes(role));

/** Where a role begins: the first page of its menu. */
export const landingOf = (role: Role | null): string => `/${menuOf(role)[0]?.page ?? "login"}`;

const views: Record<string, RouteRecordRaw["component"]> = {
  desk: () => import("@/views/DeskView.vue"),
  "point-calls": () => import("@/views/PointCallsView.vue"),
  incidents: () => import("@/views/IncidentsView.vue"),
  roster: () => import("@/views/RosterView.vue"),
  shifts: () => import("@/views/ShiftsView.vue"),
  setup: () => import("@/views/SetupView.vue"),
  devices: () => import("@/views/DevicesView.vue"),
  cameras: () => import("@/views/CamerasView.vue"),
  company: () => import("@/views/CompanyView.vue"),
  "spot-checks": () => import("@/views/SpotChecksView.vue"),
  map: () => import("@/views/MapView.vue"),
  video: () => import("@/views/VideoView.vue"),
  trails: () => import("@/views/TrailsView.vue"),
  audit: () => import("@/views/AuditView.vue"),
  quarantine: () => import("@/views/QuarantineView.vue"),
  accounts: () => import("@/views/AccountsView.vue"),
  m: () => import("@/views/GuardView.vue"),
};

const routes: RouteRecordRaw[] = [
  { path: "/login", name: "login", component: () => import("@/views/LoginView.vue"), meta: { bare: true } },
  ...MENU.map(({ page, roles }) => ({
    path: `/${page}`,
    name: page,
    component: views[page],
    meta: { roles, bare: page === "m" },
  }) as RouteRecordRaw),
  { path: "/forbidden", name: "forbidden", component: () => import("@/views/ForbiddenView.vue") },
  { path: "/:rest(.*)*", name: "elsewhere", redirect: "/" },
  { path: "/", name: "home", component: () => import("@/views/LoginView.vue"), meta: { bare: true } },
];

export const router = createRouter({ history: createWebHistory(), routes });

router.beforeEach(async (to) => {
  const session = useSession();
  // While the server can't be reached, the guard's page opens from what it keeps.
  if (!session.asked) await session.load().catch(() => undefined);
  if (!session.me) {
    if (to.name === "login") return true;
    return { name: "login", query: to.path === "/" ? {} : { then: to.fullPath } };
  }
  if (to.name === "forbidden") return true;
  const roles = to.meta.roles as readonly Role[] | undefined;
  if (!roles) return landingOf(session.role);
  if (session.role && !roles.includes(session.role)) return { name: "forbidden", query: { page: String(to.name) } };
  return true;
});
