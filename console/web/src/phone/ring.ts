/** For what the phone rings: a call not answered, a task not answered, help that was taken. Pure. */

export interface RingOf {
  calls: readonly { id: string }[];
  answered: ReadonlySet<string>;
  tasks: readonly { id: string; state: string }[];
  /** Tasks with an answer that waits to be sent. */
  told: ReadonlySet<string>;
  sos: { id: string; state: string } | null;
  onBreak: boolean;
  /** What the guard touched already. */
  stopped: ReadonlySet<string>;
}

export interface Ring {
  /** Kind and id: what is touched once rings no more. */
  key: string;
  kind: "call" | "task" | "sos";
}

/** The most urgent first. A break silences all but the answer to a call for help. */
export function ringsFor(of: RingOf): Ring[] {
  const found: Ring[] = [];
  if (of.sos?.state === "taken") found.push({ key: `sos:${of.sos.id}`, kind: "sos" });
  if (!of.onBreak) {
    for (const one of of.calls) if (!of.answered.has(one.id)) found.push({ key: `call:${one.id}`, kind: "call" });
    for (const one of of.tasks) if (one.state === "called" && !of.told.has(one.id)) found.push({ key: `task:${one.id}`, kind: "task" });
  }
  return found.filter((one) => !of.stopped.has(one.key));
}

/** The newest of what was touched, to be kept over a reload. */
export const MOST_STOPPED = 60;
export const remembered = (stopped: readonly string[], more: readonly string[]): string[] => [...new Set([...stopped, ...more])].slice(-MOST_STOPPED);
