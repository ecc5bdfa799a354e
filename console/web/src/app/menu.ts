/** Which pages there are, and who has them: each room's `page.ts` says it. */
import type { Component } from "vue";

export interface Page {
  /** The address, the route's name, and the key of its label. */
  page: string;
  /** The permission of who has it (`console/access/permissions.py`); the server says which permissions a person has. */
  needs: string;
  /** Its place in the menu. */
  order: number;
  view: () => Promise<Component>;
}

const rooms = import.meta.glob<{ pages: readonly Page[] }>("../*/page.ts", { eager: true });

/** All pages, in the menu's order. */
export const MENU: readonly Page[] = Object.values(rooms)
  .flatMap((room) => room.pages)
  .sort((a, b) => a.order - b.order);

export const menuOf = (permissions: readonly string[]): Page[] => MENU.filter((one) => permissions.includes(one.needs));

/** Where a person begins: the first page of the menu. */
export const landingOf = (permissions: readonly string[]): string => `/${menuOf(permissions)[0]?.page ?? "login"}`;
