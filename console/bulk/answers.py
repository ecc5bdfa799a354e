"""What the routes of changes of many cameras answer."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from console.http.answers import Answer
from lianqin.records import Sampling


class BulkFieldsAnswer(Answer):
    """Fields of a camera that a change sets, or as they stood before; what it leaves alone is not there."""

    area_id: str | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    sampling: Sampling | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    keep_days: int | UnsetType | None = UNSET


class BulkValueAnswer(Answer):
    """`count` cameras have this value of a field now."""

    value: str | int | bool | None
    count: int


class BulkSampleAnswer(Answer):
    """One camera that would change. `before`: what would, as it stands."""

    id: str
    name: str
    name_en: str
    before: BulkFieldsAnswer


class BulkPlanAnswer(Answer):
    """What would change: of `total` cameras that were chosen `same` have it already."""

    total: int
    same: int
    before: dict[str, list[BulkValueAnswer]]
    """By field, the commonest values first, 20 at most."""
    sample: list[BulkSampleAnswer]
    """The first 20."""
    sha256: str
    """Of exactly this plan; to be sent back to begin it."""


class BulkAnswer(Answer):
    """A change of many cameras. Times are epoch seconds."""

    id: str
    made_at: float
    made_by: str
    changes: BulkFieldsAnswer
    state: str
    """`going`, `done`, `undoing` or `undone`."""
    at_item: int
    """So many of `total` are written; while it is undone it goes back to 0."""
    left_out: int
    """Cameras that were changed otherwise or removed meanwhile, and stay as they are."""
    total: int


class BulkPlannedAnswer(Answer):
    """`plan` where it was asked for, or `bulk` where the change begins with this."""

    plan: BulkPlanAnswer | UnsetType = UNSET
    bulk: BulkAnswer | UnsetType = UNSET


class BulkStepAnswer(Answer):
    """The change after this step."""

    bulk: BulkAnswer
