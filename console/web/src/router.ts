import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import { landingOf, MENU } from "@/menu";
import { useSession } from "@/stores/session";
import type { Role } from "@/types";

const views: Record<string, RouteRecordRaw["component"]> = {
  desk: () => import("@/views/DeskView.vue"),
  "point-calls": () => import("@/views/PointCallsView.vue"),
  reviews: () => import("@/views/ReviewsView.vue"),
  phones: () => import("@/views/PhonesView.vue"),
  incidents: () => import("@/views/IncidentsView.vue"),
  records: () => import("@/views/RecordsView.vue"),
  alarms: () => import("@/views/AlarmsView.vue"),
  roster: () => import("@/views/RosterView.vue"),
  month: () => import("@/views/MonthView.vue"),
  shifts: () => import("@/views/ShiftsView.vue"),
  setup: () => import("@/views/SetupView.vue"),
  devices: () => import("@/views/DevicesView.vue"),
  cameras: () => import("@/views/CamerasView.vue"),
  "alert-rules": () => import("@/views/AlertRulesView.vue"),
  company: () => import("@/views/CompanyView.vue"),
  "spot-checks": () => import("@/views/SpotChecksView.vue"),
  map: () => import("@/views/MapView.vue"),
  video: () => import("@/views/VideoView.vue"),
  trails: () => import("@/views/TrailsView.vue"),
  "hand-over": () => import("@/views/HandOverView.vue"),
  "sos-calls": () => import("@/views/SosCallsView.vue"),
  audit: () => import("@/views/AuditView.vue"),
  quarantine: () => import("@/views/QuarantineView.vue"),
  accounts: () => import("@/views/AccountsView.vue"),
  factors: () => import("@/views/FactorsView.vue"),
  "sign-ins": () => import("@/views/SignInsView.vue"),
  m: () => import("@/views/GuardView.vue"),
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
  { path: "/login", name: "login", component: () => import("@/views/LoginView.vue"), meta: { bare: true } },
  { path: "/enrol", name: "enrol", component: () => import("@/views/EnrolView.vue"), meta: { bare: true, open: true } },
  { path: "/bind", name: "bind", component: () => import("@/views/BindView.vue"), meta: { bare: true, open: true } },
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
