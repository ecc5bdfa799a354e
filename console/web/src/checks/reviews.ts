/** What waits for a person's word: contradicted point calls and refused tasks, as `GET /api/reviews` gives them. */
import type { RefusalFoundAnswer, ReviewAnswer } from "@/api/schema";

export type RefusalFound = RefusalFoundAnswer;
export type ReviewItem = ReviewAnswer;

/** A guard chooses one; those that the law protects stand first. */
export const REFUSALS = ["unlawful", "unsafe", "alone_at_night", "on_break", "busy", "unable"] as const;
/** What the records said of the moment of a refusal, as keys of `reviews.found` with their values. */
export function facts(item: ReviewItem): { key: string; n: number }[] {
  if (item.kind !== "refusal") return [];
  const { at_night, break_running, other_task, sent_besides = 0 } = item.found;
  return [
    { key: at_night ? "at_night" : "by_day", n: 0 },
    ...(break_running ? [{ key: "break_running", n: 0 }] : []),
    ...(other_task ? [{ key: "other_task", n: 0 }] : []),
    { key: sent_besides > 0 ? "sent_besides" : "alone", n: sent_besides },
  ];
}

/** Where it is asked: the address of its decision. */
export const decisionPath = (item: ReviewItem): string =>
  item.kind === "point_call" ? `/point-calls/${item.id}/review` : `/dispatches/${item.id}/review`;
