"""The closed words of rows as people read them, for files: the page's own words (`console/web/src/locales`), kept here as
`words.json` because a file is made without the page. A test holds the two alike; `python -m console.http.words` writes it anew."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from console.http.messages import Language

FILE: Final = Path(__file__).with_name("words.json")
LOCALES: Final = Path(__file__).parents[1] / "web" / "src" / "locales"
GROUPS: Final = (
    "role", "situation", "alert_state", "false_reason", "purpose", "object", "action", "camera_state", "fault", "field", "audit_field",
    "sos.outcome",
    "verdict", "review", "roster.state", "check.by", "check.trail", "check.on_site", "check.in_order", "check.remark", "word.yes", "word.no",
    "mine.doubt", "look_end", "canary.line", "footage_export.kind", "attention.escalated",
    "record.from", "record.to", "record.area", "record.camera", "record.zone", "record.situation", "record.priority", "record.state", "record.judged",
    "record.reason", "record.judged_by", "record.unit", "word.search",
)  # fmt: skip
"""What files need of the page's words."""


def flat(tree: Any, prefix: str) -> dict[str, str]:
    if isinstance(tree, str):
        return {prefix: tree}
    return {name: text for key, part in tree.items() for name, text in flat(part, f"{prefix}.{key}").items()}


def of_the_page() -> dict[str, dict[str, str]]:
    """The words by language, as the page's files have them."""
    found: dict[str, dict[str, str]] = {}
    for language in ("zh-CN", "en"):
        tree: dict[str, Any] = {}
        for file in sorted((LOCALES / language).glob("*.json")):
            tree |= json.loads(file.read_text(encoding="utf-8"))
        found[language] = {}
        for group in GROUPS:
            part: Any = tree
            for key in group.split("."):
                part = part[key]
            found[language] |= flat(part, group)
    return found


@cache
def _all() -> dict[str, dict[str, str]]:
    told: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return told


def word(group: str, value: object, language: Language) -> str:
    """The word of a closed list; empty for nothing, the bare value where there is no word of it."""
    return "" if value in (None, "") else _all()[language].get(f"{group}.{value}", str(value))


def yes_no(value: object, language: Language) -> str:
    return word("word", "yes" if value else "no", language)


if __name__ == "__main__":
    FILE.write_text(json.dumps(of_the_page(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
