import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { get, post, Problem, setCsrf } from "@/api";
import type { Me, Role } from "@/types";

/** Who is logged in, and what that role may do. */
export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const asked = ref(false);

  const role = computed<Role | null>(() => me.value?.account.role ?? null);
  const may = (permission: string): boolean => me.value?.permissions.includes(permission) ?? false;

  /** Ask the server once who we are; null when nobody is logged in. */
  async function load(): Promise<Me | null> {
    try {
      me.value = await get<Me>("/me");
      setCsrf(me.value.csrf);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      me.value = null;
    }
    asked.value = true;
    return me.value;
  }

  async function logIn(username: string, password: string): Promise<void> {
    const answer = await post<{ csrf: string }>("/login", { username, password });
    setCsrf(answer.csrf);
    await load();
  }

  async function logOut(): Promise<void> {
    try {
      await post("/logout");
    } finally {
      forget();
    }
  }

  function forget(): void {
    me.value = null;
    setCsrf("");
  }

  return { me, asked, role, may, load, logIn, logOut, forget };
});
