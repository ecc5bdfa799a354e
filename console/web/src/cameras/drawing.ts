import { computed, onBeforeUnmount, onMounted, ref, watch, type Ref } from "vue";

import type { Point, ZoneShown } from "@/cameras/camera";

/** Corners as they were before each step, the newest last; one drag is one step. Pure. */
export class Steps {
  private readonly before: string[] = [];
  private dragged = false;

  /** The corners changed from `was`. */
  note(was: string, dragging: boolean): void {
    if (!(dragging && this.dragged)) this.before.push(was);
    this.dragged = dragging;
  }
  /** The pointer was lifted. */
  dropped(): void {
    this.dragged = false;
  }
  back(): Point[] | null {
    this.dropped();
    const was = this.before.pop();
    return was === undefined ? null : (JSON.parse(was) as Point[]);
  }
  get any(): boolean {
    return this.before.length > 0;
  }
}

/** What is drawn and not kept yet: Ctrl+Z takes one step back, and leaving asks first. */
export function useDrawing(editing: Ref<ZoneShown | null>, dragged: Ref<number | null>, leave: () => void) {
  let steps = new Steps();
  let begun = "";
  let goingBack = false;
  const canBack = ref(false);
  const leaving = ref(false);
  const isChanged = (): boolean => editing.value !== null && JSON.stringify(editing.value) !== begun;

  /** What is edited from here on. */
  function start(): void {
    steps = new Steps();
    begun = JSON.stringify(editing.value);
    canBack.value = leaving.value = false;
  }
  watch(
    () => (editing.value ? JSON.stringify(editing.value.points) : null),
    (_, was) => {
      if (was === null || editing.value === null) start();
      else if (!goingBack) steps.note(was, dragged.value !== null);
      goingBack = false;
      canBack.value = steps.any;
    },
    { flush: "sync" },
  );
  watch(dragged, (corner) => corner === null && steps.dropped(), { flush: "sync" });
  function back(): void {
    const points = steps.back();
    if (!points || !editing.value) return;
    goingBack = true;
    editing.value.points = points;
    canBack.value = steps.any;
  }
  let goes = leave;
  /** Unless something half drawn would go: then ask; asked again it stays. */
  function ask(then: () => void): void {
    goes = then;
    if (!isChanged()) then();
    else leaving.value = !leaving.value;
  }
  const close = (): void => ask(leave);
  /** What is edited goes, the box stays. */
  const cancel = (): void => ask(() => (editing.value = null));
  /** It may go. */
  function go(): void {
    leaving.value = false;
    goes();
  }
  function pressed(event: KeyboardEvent): void {
    const inText = event.target instanceof HTMLElement && event.target.matches("input:not([type=checkbox]), textarea");
    if (!editing.value || inText || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
    back();
    event.preventDefault();
  }
  onMounted(() => window.addEventListener("keydown", pressed));
  onBeforeUnmount(() => window.removeEventListener("keydown", pressed));
  return { start, back, close, cancel, go, leaving, canBack: computed(() => canBack.value) };
}
