/** A list that comes page by page. */

import { ref, shallowRef } from "vue";

import { get, type Query } from "@/api/client";
import type { Listed } from "@/api/types";

export function usePages<T>(path: string, query: () => Query = () => ({})) {
  const items = shallowRef<T[]>([]);
  const next = ref<string | null>(null);
  const loading = ref(false);
  const problem = ref<unknown>(null);
  /** The whole first page, for what stands beside its items. */
  const page = shallowRef<Listed<T> | null>(null);
  let asked = 0;

  /** From the first page on; an answer that was overtaken by a newer question is dropped. */
  async function load(): Promise<void> {
    const mine = ++asked;
    loading.value = true;
    try {
      const found = await get<Listed<T>>(path, query());
      if (mine !== asked) return;
      items.value = found.items;
      next.value = found.next;
      page.value = found;
      problem.value = null;
    } catch (error) {
      if (mine === asked) problem.value = error;
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  async function more(): Promise<void> {
    if (!next.value || loading.value) return;
    const mine = ++asked;
    loading.value = true;
    try {
      const found = await get<Listed<T>>(path, { ...query(), cursor: next.value });
      if (mine !== asked) return;
      items.value = [...items.value, ...found.items];
      next.value = found.next;
    } catch (error) {
      if (mine === asked) problem.value = error;
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  return { items, next, page, loading, problem, load, more };
}

/** The most that the console gives at once. */
export const PAGE = 200;

/** All of a list, page by page: a county has more than one page of anything. */
export async function readAll<T>(path: string, query: Query = {}): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Listed<T> = await get<Listed<T>>(path, { ...query, limit: PAGE, cursor });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return rows;
}

/** Calls `work` at once; what is asked for while it runs is done once more after it. No timer: they are slow in a page out of sight. */
export function onceAtATime(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  async function run(): Promise<void> {
    if (running) return void (again = true);
    running = true;
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = false;
    }
  }
  return () => void run();
}

/** Begins a question at each call; what it gives tells whether that question is still the last one. An answer that comes after a later
 * question was asked would stand under the wrong heading. */
export function lastAsked(): () => () => boolean {
  let last = 0;
  return () => {
    const mine = ++last;
    return () => mine === last;
  };
}

/** Calls `work` once after the last of many calls. */
export function soon(work: () => void, milliseconds = 200): () => void {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(work, milliseconds);
  };
}
