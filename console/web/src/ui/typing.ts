/** Does somebody write there, so that a letter is no command? */
export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input:not([type=range], [type=checkbox]), textarea, select") || target.isContentEditable);
}
