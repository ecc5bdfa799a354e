/** What each sign and each layer of the map means: one entry for each, in groups that a page shows as far as it draws them. */

import type { Layer } from "@/map/map";
import { SIGNS, type Sign } from "@/map/signs";

export const CELL_STATES = ["never", "overdue", "due", "covered", "left-out"] as const;
/** Marks of HTML (`map/markers.ts`): each shape and tone that a page gives a meaning of its own. */
export const MARKED = ["cell-chosen", "moment", "doubt", "visited", "unvisited", "post", "point", "pointed"] as const;
/** Kinds of lines and faces; a layer that is drawn in several ways, or of several things, has an entry for each. */
export const SWATCHES = [
  "street", "area", "area-key", "area-chosen", "service", "service-chosen", "grid", "grid-police", "grid-chosen", "checkpoint", "view", "view-chosen", "trail", "gap", "way", "accuracy",
  ...CELL_STATES, ...MARKED,
] as const;
export type Swatch = (typeof SWATCHES)[number];
export type Entry = Sign | Swatch;
export const isSign = (entry: Entry): entry is Sign => (SIGNS as readonly string[]).includes(entry);

/** Each layer of `map/map.ts` and its entries. */
export const OF_LAYER: Readonly<Record<Layer, readonly Swatch[]>> = {
  streets: ["street"],
  areas: ["area", "area-key", "area-chosen", "service", "service-chosen", "grid", "grid-police", "grid-chosen"],
  cells: CELL_STATES,
  checkpoints: ["checkpoint"],
  views: ["view", "view-chosen"],
  trail: ["trail"],
  gaps: ["gap"],
  ways: ["way"],
  accuracy: ["accuracy"],
};

export const GROUPS = {
  alerts: ["alert-1", "alert-2", "alert-3", "alerts", "chosen", "sos"],
  sent: ["sent", "arrived", "way"],
  guards: ["guard", "guard-stale", "guard-blocked", "guard-outside", "guard-doubted", "guards"],
  cameras: ["camera", "camera-down", "cameras", "view", "view-chosen"],
  ground: ["area", "area-key", "area-chosen", "checkpoint", "street"],
  cells: [...CELL_STATES, "cell-chosen"],
  trail: ["trail", "gap", "accuracy", "moment", "doubt"],
  visits: ["visited", "unvisited"],
  views: ["view"],
  own: ["trail", "gap", "moment"],
  posts: ["post", "pointed"],
  points: ["point", "pointed"],
  services: ["service", "service-chosen", "street"],
  grids: ["grid", "grid-police", "grid-chosen", "street"],
} as const satisfies Record<string, readonly Entry[]>;
export type Group = keyof typeof GROUPS;

export const DESK: readonly Group[] = ["alerts", "sent", "guards", "cameras", "ground"];
export const LIVE: readonly Group[] = ["alerts", "sent", "guards", "cameras", "cells", "ground"];
/** An officer sees no alerts and nobody's tasks. */
export const LOOK: readonly Group[] = ["guards", "cameras", "cells", "ground"];
/** A company sees no cameras, and so none of their views. */
export const TRAIL: readonly Group[] = ["trail", "visits", "ground"];
export const TRAIL_AND_VIEWS: readonly Group[] = [...TRAIL, "views"];
export const OWN_TRAIL: readonly Group[] = ["own", "ground"];
export const GRIDS: readonly Group[] = ["grids"];
/** By the kind whose list stands beside the map. */
export const SET_UP: Readonly<Record<"areas" | "units" | "posts" | "checkpoints", readonly Group[]>> = {
  areas: ["ground"],
  units: ["services"],
  posts: ["posts", "ground"],
  checkpoints: ["points", "ground"],
};
