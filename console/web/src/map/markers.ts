/** Marks of HTML on the map: a few that do not move each second (calls for help, a trail's ends, names of areas in set-up). */

import { maplibregl } from "@/map/map";
import type { Datum } from "@/map/gcj";

/** One mark on the map, WGS-84. `shape` and `label` say what the colour says. */
export interface Mark {
  id: string;
  lon: number;
  lat: number;
  label: string;
  shape: "dot" | "ring" | "camera" | "area" | "target" | "point";
  tone: "green" | "amber" | "dim" | "accent" | "red";
  title?: string;
}

export class Markers {
  readonly #drawn = new Map<string, { marker: maplibregl.Marker; element: HTMLElement; text: HTMLElement }>();

  constructor(
    private readonly map: maplibregl.Map,
    private readonly datum: Datum,
    private readonly choose: (id: string) => void,
  ) {}

  set(marks: readonly Mark[]): void {
    const left = new Set(this.#drawn.keys());
    for (const mark of marks) {
      left.delete(mark.id);
      const at = this.datum.shown([mark.lon, mark.lat]);
      const one = this.#drawn.get(mark.id) ?? this.#make(mark, at);
      one.element.classList.remove("green", "amber", "dim", "accent", "red", "dot", "ring", "camera", "area", "target", "point");
      one.element.classList.add("mark", mark.tone, mark.shape);
      if (one.text.textContent !== mark.label) one.text.textContent = mark.label;
      one.element.title = mark.title ?? "";
      one.marker.setLngLat(at);
    }
    for (const id of left) {
      this.#drawn.get(id)?.marker.remove();
      this.#drawn.delete(id);
    }
  }

  #make(mark: Mark, at: [number, number]): { marker: maplibregl.Marker; element: HTMLElement; text: HTMLElement } {
    const element = document.createElement("div");
    const shape = document.createElement("span");
    shape.className = "shape";
    shape.setAttribute("aria-hidden", "true");
    const text = document.createElement("span");
    element.append(shape, text);
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.choose(mark.id);
    });
    const marker = new maplibregl.Marker({ element, anchor: mark.shape === "area" ? "center" : "left" });
    marker.setLngLat(at).addTo(this.map);
    element.removeAttribute("tabindex");
    element.removeAttribute("role");
    element.removeAttribute("aria-label");
    const one = { marker, element, text };
    this.#drawn.set(mark.id, one);
    return one;
  }
}
