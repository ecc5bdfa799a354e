import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import { landingOf, MENU } from "@/app/menu";
import { useSession } from "@/app/session";

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
  ...MENU.map(({ page, needs, view }): RouteRecordRaw => ({
    path: `/${page}`,
    name: page,
    component: view,
    meta: { needs, bare: page === "m" },
  })),
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
  const needs = to.meta.needs;
  if (typeof needs !== "string") return landingOf(session.permissions);
  if (!session.may(needs)) return { name: "forbidden", query: { page: String(to.name) } };
  return true;
});

router.beforeEach((to) => {
  // Logging in needs no device and shows nobody's data: a guard who opens his page is not made to fetch the document thrice.
  if (to.name === "login" || devicesOf(to.path) === permitted) return true;
  window.location.assign(to.fullPath);
  return false;
});
