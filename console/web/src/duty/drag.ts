/** Dragging by pointer: a mouse drags once it moves, a finger once it has rested, so that a swipe still scrolls. */

import { onBeforeUnmount, ref, shallowRef } from "vue";

import { dragged, HOLD_MS, scrollBy } from "@/duty/move";

export interface Held<T> {
  what: T;
  x: number;
  y: number;
  /** The cell under the pointer. */
  over: HTMLElement | null;
}

/** `cells`: a selector of what may be dropped on. `drop` hears the cell; the click that follows a drag is swallowed. */
export function useDrag<T>(cells: string, drop: (what: T, cell: HTMLElement) => void) {
  const held = shallowRef<Held<T> | null>(null);
  const swallow = ref(false);
  let pressed: { what: T; x: number; y: number; touch: boolean } | null = null;
  let timer = 0;

  const cellAt = (x: number, y: number): HTMLElement | null => document.elementFromPoint(x, y)?.closest<HTMLElement>(cells) ?? null;
  function hold(x: number, y: number): void {
    if (pressed) held.value = { what: pressed.what, x, y, over: cellAt(x, y) };
  }
  function press(event: PointerEvent, what: T): void {
    if (event.button !== 0 || !event.isPrimary) return;
    end();
    swallow.value = false;
    pressed = { what, x: event.clientX, y: event.clientY, touch: event.pointerType !== "mouse" };
    if (pressed.touch) timer = window.setTimeout(() => hold(event.clientX, event.clientY), HOLD_MS);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    window.addEventListener("pointercancel", end);
    window.addEventListener("keydown", key, true);
    window.addEventListener("contextmenu", still);
    window.addEventListener("touchmove", still, { passive: false });
  }
  function move(event: PointerEvent): void {
    if (!pressed) return;
    if (held.value) {
      hold(event.clientX, event.clientY);
      window.scrollBy(0, scrollBy(event.clientY, window.innerHeight));
      return;
    }
    if (!dragged(event.clientX - pressed.x, event.clientY - pressed.y)) return;
    if (pressed.touch) end();
    else hold(event.clientX, event.clientY);
  }
  function up(event: PointerEvent): void {
    const was = held.value;
    const cell = was ? cellAt(event.clientX, event.clientY) : null;
    end();
    if (!was) return;
    swallow.value = true;
    window.setTimeout(() => (swallow.value = false), 0);
    if (cell) drop(was.what, cell);
  }
  function key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !held.value) return;
    event.stopPropagation();
    end();
  }
  /** No page menu and no scrolling under a finger that drags. */
  function still(event: Event): void {
    if (held.value && event.cancelable) event.preventDefault();
  }
  function end(): void {
    window.clearTimeout(timer);
    pressed = null;
    held.value = null;
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", up);
    window.removeEventListener("pointercancel", end);
    window.removeEventListener("keydown", key, true);
    window.removeEventListener("contextmenu", still);
    window.removeEventListener("touchmove", still);
  }
  onBeforeUnmount(end);
  return { held, press, swallow };
}
