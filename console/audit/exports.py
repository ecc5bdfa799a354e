"""Files that leave the house: one way to make a table of rows that a person reads, and one way to register it.

`SheetColumn`s say what a column is called in both languages and how its value is written: times in Asia/Shanghai, closed words
translated, shares as per cent. `export_response` makes XLSX or CSV of the same cells and registers who took what: filter,
rows, the file's sha256. `file_response` does the same for files of other forms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Depends
from fastapi.responses import Response

from console.access.sessions import Caller
from console.http.context import Console
from console.http.messages import Language
from console.http.problems import language_of
from console.http.words import word, yes_no
from lianqin import audit
from lianqin.audit import Purpose
from lianqin.clock import COUNTY_ZONE
from lianqin.sheets.write import MEDIA, Format, to_file

Tongue = Annotated[Language, Depends(language_of)]
Form = Literal["text", "moment", "number", "percent", "yes", "word"]
Cells = list[list[str | float]]
DIGITS: Final = 4


class SheetColumn(msgspec.Struct, frozen=True):
    """A column: its heads, the value of a row, and how it is written. `group`: of a closed word (`console.http.words`).

    `moment` is epoch seconds, `percent` a share of 1."""

    zh: str
    en: str
    value: Callable[[Any], object]
    form: Form = "text"
    group: str = ""


class ExportEntry(msgspec.Struct, frozen=True):
    """What the register keeps of a file: its action, the object, what narrowed it, and a case where there is one."""

    action: str
    object_kind: str
    object_id: str
    asked: Mapping[str, object] = {}
    purpose: Purpose | None = None
    case_ref: str | None = None


def moment(at: float | None) -> str:
    """`2026-11-25 22:14:05` in the county; empty for None; the bare number where no calendar has such a day: what somebody asked for
    stands in the register for ever, and must not keep anybody from reading it."""
    try:
        return "" if at is None else datetime.fromtimestamp(at, COUNTY_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return f"{at:g}"


def span(seconds: float) -> str:
    """A length of time as minutes and seconds, `12:30`, from an hour on `1:02:03`; as the page writes it."""
    minutes, rest = divmod(int(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if seconds < 0 and (hours or minutes or rest) else ""
    return f"{sign}{hours}:{minutes:02d}:{rest:02d}" if hours else f"{sign}{minutes}:{rest:02d}"


def _verdict(value: str, language: Language) -> str:
    """A verdict's, a review's or a check's word, whichever has it; the bare value where none does."""
    found = (word(group, value, language) for group in ("review", "verdict", "check"))
    return next((one for one in found if one != value), value)


def written(head: SheetColumn, value: object, language: Language) -> str | float:
    """One cell: nothing stays empty, a number has four digits after the point at most."""
    if value is None or value == "":
        return ""
    if head.form == "moment" and isinstance(value, int | float):
        return moment(value)
    if head.form in {"number", "percent"} and isinstance(value, int | float):
        return float(round(value * 100, 1) if head.form == "percent" else round(value, DIGITS))
    if head.form == "yes" or isinstance(value, bool):
        return yes_no(value, language)
    return word(head.group, value, language) if head.form == "word" else str(value)


def cells_of(
    heads: Sequence[SheetColumn], rows: Sequence[Any], language: Language, *, most: int | None = None
) -> Cells:
    """Heads and rows. `most`: the rows were cut there, which the last line says."""
    found: Cells = [[head.zh if language == "zh-CN" else head.en for head in heads]]
    found += [[written(head, head.value(row), language) for head in heads] for row in rows]
    if most is not None and len(rows) >= most:
        found.append(
            [
                f"只含前 {most} 行，请缩小范围"
                if language == "zh-CN"
                else f"The first {most} rows only; narrow the filter"
            ]
        )
    return found


def detail_text(detail: Mapping[str, Any], language: Language) -> str:
    """A register row's detail for reading: fields and verdicts by their words, moments as local times, lengths of time (`_s`)
    as minutes and seconds."""
    parts = []
    for key, value in detail.items():
        name = word("field", key, language)
        name = word("audit_field", key, language) if name == key else name
        if key.endswith(("_at", "until")) and isinstance(value, int | float) and not isinstance(value, bool):
            text = moment(value)
        elif isinstance(value, bool):
            text = yes_no(value, language)
        elif key.endswith("_s") and isinstance(value, int | float):
            text = span(value)
        elif key == "end" and isinstance(value, str):
            text = word("look_end", value, language)
        elif key == "exported" and isinstance(value, str):
            text = word("footage_export.kind", value, language)
        elif key == "seat" and isinstance(value, str):
            text = word("attention.escalated", value, language)
        elif key in {"verdict", "result"} and isinstance(value, str):
            text = _verdict(value, language)
        elif isinstance(value, float):
            text = f"{round(value, DIGITS):g}" if abs(value) < 1e6 else str(round(value, DIGITS))
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts.append(f"{name}: {text}")
    return "; ".join(parts)


def named(row: Any, language: Language) -> str:
    """A thing's name: its English one where English is read and there is one; empty for nothing."""
    if row is None:
        return ""
    english = getattr(row, "name_en", "") if language == "en" else ""
    return str(english or row.name)


def export_response(
    console: Console, caller: Caller, taken: ExportEntry, cells: Cells, *, name: str, form: Format,
    texts: frozenset[int] = frozenset(), mark: str = "",
) -> Response:  # fmt: skip
    """The cells as a file to save, registered. `mark`: a last line that is no row, such as who took it for what."""
    rows = sum(len(row) == len(cells[0]) for row in cells) - 1
    if mark:
        cells = [*cells, [mark, *[""] * (len(cells[0]) - 1)]]
    data = to_file(cells, form, texts=texts, made_at=console.clock.now())
    return file_response(console, caller, taken, data, name=f"{name}.{form}", media=MEDIA[form], rows=rows)


def file_response(
    console: Console, caller: Caller, taken: ExportEntry, data: bytes, *, name: str, media: str, rows: int
) -> Response:
    """A file to save. Its register row is committed before the first byte leaves: who, what, by which filter, how many rows,
    the sha256 of exactly these bytes."""
    sha256 = hashlib.sha256(data).hexdigest()
    with console.store.write() as session:
        audit.write(
            session, caller.actor, taken.action, taken.object_kind, taken.object_id, at=console.clock.now(),
            purpose=taken.purpose, case_ref=taken.case_ref,
            detail={key: value for key, value in taken.asked.items() if value not in (None, "")}
            | {"rows": rows, "file": name, "sha256": sha256},
        )  # fmt: skip
    return _attached(data, name, media)


def template_response(cells: Cells, *, name: str, form: Format, texts: frozenset[int]) -> Response:
    """Heads alone, to be filled in: nothing of the house is in it, so nothing is registered."""
    return _attached(to_file(cells[:1], form, texts=texts), f"{name}.{form}", MEDIA[form])


def _attached(data: bytes, name: str, media: str) -> Response:
    return Response(
        data, 200, {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}, media
    )
