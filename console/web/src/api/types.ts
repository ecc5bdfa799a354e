/** What the console's API answers, by the page's own names: made of `schema.ts`, which is made of the routes. Times: epoch seconds; places: WGS-84. */

import type {
  AccountBriefAnswer,
  AlertAnswer,
  AlertCameraAnswer,
  AlertInFullAnswer,
  AlertOutageAnswer,
  CandidateAnswer,
  DrawWithCallsAnswer,
  EscalationAnswer,
  FalseReasonAnswer,
  GuardAnswer,
  IncidentAnswer,
  MapAnswer,
  MapAreaAnswer,
  MapCameraAnswer,
  MapCheckpointAnswer,
  MeAnswer,
  PageSettingsAnswer,
  PointCallAnswer,
  ScoreAnswer,
  ScoreLineAnswer,
  ScoreTotalAnswer,
  SentDispatchAnswer,
  ShelfAnswer,
  ShelfTermsAnswer,
  ShiftAnswer,
  StepAnswer,
  TaskPictureAnswer,
  UnitBriefAnswer,
} from "@/api/schema";

/** What every answer has, and these where they were asked for or where an older answer, which a phone keeps, has them. */
type Some<T, Optional extends keyof T> = Omit<T, Optional> & Partial<Pick<T, Optional>>;

export interface Named {
  id: string;
  name: string;
  name_en?: string | null;
}

export interface Listed<T> {
  items: T[];
  next: string | null;
}

export type Account = AccountBriefAnswer;
export type Role = Account["role"];
/** A phone may keep a session from before some of them were told. */
export type Settings = Some<PageSettingsAnswer, "desk_idle_seconds" | "call_answer_seconds" | "map" | "walking_mps">;
export type Me = Omit<Some<MeAnswer, "phone" | "least_password">, "settings"> & { settings: Settings };

export type CameraBrief = AlertCameraAnswer;
export type MapCamera = MapCameraAnswer;
export type Checkpoint = MapCheckpointAnswer;
/** As far as it is drawn. */
export type Area = Pick<MapAreaAnswer, "id" | "name" | "name_en" | "polygon" | "key_area" | "checkpoints">;
export type Unit = UnitBriefAnswer;

/** GeoJSON with lines and polygons; `properties.kind` may tell road from building or water. */
export interface StreetMap {
  type: "FeatureCollection";
  features: { type: "Feature"; geometry: { type: string; coordinates: unknown }; properties: Record<string, unknown> | null }[];
}
export type MapOf = Omit<MapAnswer, "areas" | "streets"> & { areas: Area[]; streets: StreetMap };

/** A guard's last place, as the push tells it. */
export interface GuardPlace {
  guard_id: string;
  name: string;
  unit_id: string;
  shift_id: string | null;
  area_id: string | null;
  lon: number;
  lat: number;
  at: number;
  received_at: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  battery_pct: number | null;
  inside: boolean | null;
  /** What is wrong with the place; see `trails/doubts.ts` for those that nothing may rest on. */
  doubts?: string[];
  system?: string | null;
  off_m?: number | null;
  /** The device spoke at rest up to then: the place holds, as of `at`. */
  still_until?: number | null;
  clock_off_s?: number | null;
  clock_corrected?: boolean;
}

export type Step = StepAnswer;
export type Guard = GuardAnswer;
export type Dispatch = SentDispatchAnswer & { pictures?: TaskPictureAnswer[] };
export type Incident = IncidentAnswer;

/** The list carries no boxes; one alert does. */
export type Alert = AlertAnswer & Partial<Pick<AlertInFullAnswer, "tracks">>;
export type AlertState = Alert["state"];
export type Escalated = EscalationAnswer;
/** Alerts of a camera, a zone or a kind there that rest; the counts stand in the list of shelves. */
export type ShelfRow = ShelfTermsAnswer;
export type Shelf = ShelfAnswer;
export type FalseReason = FalseReasonAnswer;
export type Outage = AlertOutageAnswer;
export type Candidate = CandidateAnswer;

export type PointCall = PointCallAnswer;
export type Draw = DrawWithCallsAnswer;
/** Also as a phone makes it of a begin that is on its way. */
export type Shift = Pick<
  ShiftAnswer,
  "id" | "guard_id" | "unit_id" | "area_id" | "opened_at" | "opened_by" | "due_end_at" | "closed_at" | "closed_how" | "closed_note" | "overdue_at" | "closed_by"
> & Partial<Pick<ShiftAnswer, "guard" | "area_name" | "area_name_en">>;

export type ScoreTotal = ScoreTotalAnswer;
export type ScoreLine = ScoreLineAnswer;
export type ShiftScore = ScoreAnswer;
