import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { get, post, Problem, setCsrf } from "@/api/client";
import type { Step } from "@/factors/factor";
import type { Me, Role } from "@/api/types";

const KEPT = "lianqin.session";
/** Who logged out on this phone while it had no network: the session ends as soon as the server can be reached. */
const LEAVING = "lianqin.leaving";

/** Who is logged in, and what that role may do. */
export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const asked = ref(false);
  /** True while this session is one that the guard's phone kept, not one that the server told. */
  const stale = ref(false);

  const leaving = ref(localStorage.getItem(LEAVING));

  const role = computed<Role | null>(() => me.value?.account.role ?? null);
  const permissions = computed<readonly string[]>(() => me.value?.permissions ?? []);
  const may = (permission: string): boolean => permissions.value.includes(permission);

  /** Told where it can be mended: to those who administer the system and its accounts. */
  const secondFactorOff = computed(() => me.value?.settings.second_factor === false && (role.value === "sysadmin" || role.value === "secadmin"));

  /** Ask the server once who we are; null when nobody is logged in. */
  async function load(): Promise<Me | null> {
    if (!(await finishLeaving())) {
      me.value = null;
      asked.value = true;
      return null;
    }
    try {
      const told = await get<Me>("/me");
      stale.value = false;
      me.value = told;
      setCsrf(told.csrf);
      if (me.value.account.role === "guard") localStorage.setItem(KEPT, JSON.stringify({ ...me.value, csrf: "" }));
    } catch (error) {
      const kept = localStorage.getItem(KEPT);
      if (error instanceof Problem && error.status === 0 && kept && !me.value) {
        // A guard's phone without network opens his page from what it keeps.
        stale.value = true;
        me.value = JSON.parse(kept) as Me;
        return me.value;
      }
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      me.value = null;
    }
    asked.value = true;
    return me.value;
  }

  /** True once nobody has still to be logged out here. */
  async function finishLeaving(): Promise<boolean> {
    if (leaving.value === null) return true;
    try {
      const told = await get<Me>("/me");
      setCsrf(told.csrf);
      if (told.account.id === leaving.value) await post("/logout");
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 0 || error.status >= 500) return false;
    }
    setCsrf("");
    leaving.value = null;
    localStorage.removeItem(LEAVING);
    return true;
  }

  /** Null: logged in. Else what has to be done before. */
  async function logIn(username: string, password: string): Promise<Step | null> {
    if (!(await finishLeaving())) throw new Problem(0, "network", "");
    const answer = await post<{ csrf: string } | Step>("/login", { username, password });
    if ("step" in answer) return answer;
    setCsrf(answer.csrf);
    await load();
    return null;
  }

  async function logOut(): Promise<void> {
    try {
      await post("/logout");
    } catch (error) {
      const isAway = !(error instanceof Problem) || error.status === 0 || error.status >= 500;
      if (isAway && me.value?.account.role === "guard") {
        leaving.value = me.value.account.id;
        localStorage.setItem(LEAVING, leaving.value);
      } else throw error;
    } finally {
      forget();
    }
  }

  function forget(): void {
    localStorage.removeItem(KEPT);
    me.value = null;
    setCsrf("");
  }

  return { me, asked, stale, role, leaving, secondFactorOff, permissions, may, load, finishLeaving, logIn, logOut, forget };
});
