/** What is wrong with cameras, counted apart: an operator acts otherwise on each. */

export interface Troubles {
  /** No picture comes. */
  offline: number;
  /** Something is before the lens: somebody may have stood there. */
  covered: number;
  /** A picture comes and does not show the view: black, frozen, out of focus, turned away. */
  picture: number;
  /** Our own machines don't look at it often enough. */
  behind: number;
}

const PICTURE = new Set(["black", "overexposed", "frozen", "blurred", "moved"]);

export function troublesOf(cameras: readonly { state: string; state_reason: string }[]): Troubles {
  const found: Troubles = { offline: 0, covered: 0, picture: 0, behind: 0 };
  for (const one of cameras) {
    if (one.state === "ok" || one.state === "disabled") continue;
    if (one.state === "fault" && one.state_reason === "behind") found.behind += 1;
    else if (one.state === "fault" && one.state_reason === "covered") found.covered += 1;
    else if (one.state === "fault" && PICTURE.has(one.state_reason)) found.picture += 1;
    else found.offline += 1;
  }
  return found;
}
