/** What a clip lacks that is not whole, as the worker says it: `lacks the moment; 4.2 s before: changed; 3.0 s after: clock`. */

export interface Lack {
  where: "moment" | "before" | "within" | "after";
  seconds: string;
  /** Why: a word of `desk.lacks_why`, or empty. */
  why: string;
}

/** Empty for a text that says something else. */
export function lacksOf(text: string): Lack[] {
  if (!text.startsWith("lacks ")) return [];
  const found: Lack[] = [];
  for (const piece of text.slice("lacks ".length).split("; ")) {
    const told = /^(\d+\.\d) s (before|within|after): (\w+)$/.exec(piece);
    if (piece === "the moment") found.push({ where: "moment", seconds: "", why: "" });
    else if (told) found.push({ where: told[2] as Lack["where"], seconds: told[1] ?? "", why: told[3] ?? "" });
    else return [];
  }
  return found;
}
