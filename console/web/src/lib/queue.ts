/** The order of the operator's queue, and how loudly a waiting alert asks. */

export interface Waiting {
  id: string;
  priority: number;
  received_at: number;
}

/** Most pressing first: priority 1 before 4, the longest waiting first within one; ids settle ties so that rows stay put. */
export function byUrgency(a: Waiting, b: Waiting): number {
  return a.priority - b.priority || a.received_at - b.received_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** How many of the steps (seconds) have gone by: 0 to steps.length. */
export function escalation(waited: number, steps: readonly number[]): number {
  return steps.filter((step) => waited >= step).length;
}

/** Filling of the bar: a third of it for each of three steps, so that each step is reached at the same place. */
export function escalationShare(waited: number, steps: readonly number[]): number {
  if (steps.length === 0) return 0;
  let from = 0;
  for (const [index, step] of steps.entries()) {
    if (waited < step) return (index + Math.max(0, waited - from) / (step - from)) / steps.length;
    from = step;
  }
  return 1;
}
