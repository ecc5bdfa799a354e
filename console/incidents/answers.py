"""What the views of incidents give; other rooms' answers hold them. Times are epoch seconds, places WGS-84."""

from __future__ import annotations

from typing import Any, Literal

from console.guards.answers import SentDispatchAnswer
from console.http.answers import Answer


class StepAnswer(Answer):
    """A line of a timeline. `key` says what happened, `values` what its sentence names; which there are depends on the key."""

    at: float
    key: str
    values: dict[str, Any]


class TaskPictureAnswer(Answer):
    """A picture that a guard took at a task. `at`: by the phone's clock; `received_at`: its words came, `media_at`: the picture did."""

    id: str
    at: float
    received_at: float
    media_at: float | None
    words: str
    media_state: Literal["coming", "here", "purged", "none"]
    """`none`: no picture was promised."""


class IncidentDispatchAnswer(SentDispatchAnswer):
    """A guard who was called to the incident, with the pictures that he took there, the oldest first."""

    pictures: list[TaskPictureAnswer]


class IncidentFactsAnswer(Answer):
    """An incident without what was done about it."""

    id: str
    alert_id: str
    camera_id: str
    situation: str
    priority: int
    lon: float | None
    lat: float | None
    place_name: str
    state: Literal["open", "handled", "closed", "withdrawn"]
    """`handled`: a guard reported done; `withdrawn`: the confirmation of its alert was undone."""
    opened_at: float
    opened_by: str
    handled_at: float | None
    closed_at: float | None
    closed_by: str | None
    """When and by whom it was closed or withdrawn."""
    note: str
    place_name_en: str
    """Empty where its camera and zone have no English names, or were renamed since."""


class IncidentAnswer(IncidentFactsAnswer):
    """An incident with everybody who was called to it, in order, and its timeline."""

    dispatches: list[IncidentDispatchAnswer]
    timeline: list[StepAnswer]


class OneIncidentAnswer(Answer):
    """The incident as it is after the act."""

    incident: IncidentAnswer
