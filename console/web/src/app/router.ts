import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import { landingOf, MENU } from "@/app/menu";
import { useSession } from "@/app/session";
import type { Role } from "@/api/types";

const views: Record<string, RouteRecordRaw["component"]> = {
  desk: () => import("@/desk/DeskView.vue"),
  "point-calls": () => import("@/calls/PointCallsView.vue"),
  reviews: () => import("@/checks/ReviewsView.vue"),
  phones: () => import("@/phones/PhonesView.vue"),
  incidents: () => import("@/incidents/IncidentsView.vue"),
  records: () => import("@/alerts/RecordsView.vue"),
  alarms: () => import("@/alarms/AlarmsView.vue"),
  roster: () => import("@/duty/RosterView.vue"),
  month: () => import("@/duty/MonthView.vue"),
  shifts: () => import("@/duty/ShiftsView.vue"),
  setup: () => import("@/county/SetupView.vue"),
  devices: () => import("@/devices/DevicesView.vue"),
  cameras: () => import("@/cameras/CamerasView.vue"),
  "alert-rules": () => import("@/rules/AlertRulesView.vue"),
  company: () => import("@/scores/CompanyView.vue"),
  "spot-checks": () => import("@/checks/SpotChecksView.vue"),
  map: () => import("@/map/MapView.vue"),
  video: () => import("@/cameras/VideoView.vue"),
  trails: () => import("@/trails/TrailsView.vue"),
  "hand-over": () => import("@/handing/HandOverView.vue"),
  "sos-calls": () => import("@/sos/SosCallsView.vue"),
  audit: () => import("@/audit/AuditView.vue"),
  quarantine: () => import("@/devices/QuarantineView.vue"),
  accounts: () => import("@/accounts/AccountsView.vue"),
  factors: () => import("@/factors/FactorsView.vue"),
  "sign-ins": () => import("@/log_in/SignInsView.vue"),
  m: () => import("@/phone/GuardView.vue"),
};

/** The browser's devices that a page uses. The console permits them to documents of these addresses alone (`console/http/headers.py`). */
export const DEVICES: Readonly<Record<string, readonly string[]>> = {
  m: ["camera", "microphone", "geolocation"],
  "spot-checks": ["camera"],
};
const pageOf = (path: string): string => path.split("/")[1]?.toLowerCase() ?? "";
const devicesOf = (path: string): string => (DEVICES[pageOf(path)] ?? []).join();
/** What this document may use was settled by the address it was fetched from, whatever page it shows later. */
const permitted = devicesOf(window.location.pathname);

const routes: RouteRecordRaw[] = [
  { path: "/login", name: "login", component: () => import("@/log_in/LoginView.vue"), meta: { bare: true } },
  { path: "/enrol", name: "enrol", component: () => import("@/factors/EnrolView.vue"), meta: { bare: true, open: true } },
  { path: "/bind", name: "bind", component: () => import("@/phones/BindView.vue"), meta: { bare: true, open: true } },
  ...MENU.map(({ page, roles }) => ({
    path: `/${page}`,
    name: page,
    component: views[page],
    meta: { roles, bare: page === "m" },
  }) as RouteRecordRaw),
  { path: "/forbidden", name: "forbidden", component: () => import("@/app/ForbiddenView.vue") },
  { path: "/:rest(.*)*", name: "elsewhere", redirect: "/" },
  { path: "/", name: "home", component: () => import("@/log_in/LoginView.vue"), meta: { bare: true } },
];

export const router = createRouter({ history: createWebHistory(), routes });

router.beforeEach(async (to) => {
  const session = useSession();
  if (to.meta.open) return true;
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

router.beforeEach((to) => {
  // Logging in needs no device and shows nobody's data: a guard who opens his page is not made to fetch the document thrice.
  if (to.name === "login" || devicesOf(to.path) === permitted) return true;
  window.location.assign(to.fullPath);
  return false;
});
