"""What an export is made of: the marked copy, a manifest for machines, and a page for people, in one ZIP. Pure."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from console.audit.exports import moment
from console.http.messages import Language
from console.http.words import word
from lianqin.clock import COUNTY_ZONE

What = Literal["picture", "clip"]
FORMS: Final[dict[What, str]] = {"picture": "jpg", "clip": "mp4"}
MANIFEST: Final = "manifest.json"
FOR_PEOPLE: Final = "README.txt"
HEAD: Final = 16
"""Characters of the original's digest that stand in the picture."""


class Ticket(msgspec.Struct, frozen=True):
    """One export: what is taken, by whom, for what. `original_sha256`: of the evidence as it was read; `is_recorded`: and as it was recorded
    when it was written."""

    number: str
    what: What
    is_clear: bool
    at: float
    by_id: str
    by_name: str
    by_role: str
    by_unit: str
    purpose: str
    case_ref: str
    alert_id: str
    situation: str
    camera_id: str
    camera_name: str
    captured_at: float
    original_sha256: str
    is_recorded: bool

    @property
    def file(self) -> str:
        return f"{self.number}.{FORMS[self.what]}"

    def lines(self, language: Language) -> tuple[str, ...]:
        """Of the watermark."""
        zh = language == "zh-CN"
        who = " · ".join(one for one in (self.by_name, self.by_unit or word("role", self.by_role, language)) if one)
        why = f"{word('purpose', self.purpose, language)} {self.case_ref}"
        kind = ("清晰" if self.is_clear else "已模糊") if zh else ("clear" if self.is_clear else "blurred")
        bound = "仅限登记事由使用，不得转发" if zh else "For the registered purpose only; do not pass on"
        return (
            f"{self.number} · {who} · {moment(self.at)}",
            f"{'事由：' if zh else 'For: '}{why} · {bound}",
            f"{'原件' if zh else 'Original'} SHA-256 {self.original_sha256[:HEAD]} · {kind}",
        )


def packed(ticket: Ticket, copy: bytes) -> bytes:
    """The ZIP."""
    sha256 = hashlib.sha256(copy).hexdigest()
    target = io.BytesIO()
    day = datetime.fromtimestamp(ticket.at, COUNTY_ZONE).timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as file:
        for name, content in (
            (ticket.file, copy), (MANIFEST, msgspec.json.format(msgspec.json.encode(_manifest(ticket, copy, sha256)))),
            (FOR_PEOPLE, _for_people(ticket, sha256).encode("utf-8-sig")),
        ):  # fmt: skip
            file.writestr(zipfile.ZipInfo(name, day), content)
    return target.getvalue()


def _manifest(ticket: Ticket, copy: bytes, sha256: str) -> dict[str, Any]:
    return {
        "number": ticket.number, "made_at": datetime.fromtimestamp(ticket.at, COUNTY_ZONE).isoformat(timespec="seconds"),
        "by": {"id": ticket.by_id, "name": ticket.by_name, "role": ticket.by_role, "unit": ticket.by_unit},
        "purpose": ticket.purpose, "case_ref": ticket.case_ref, "people": "clear" if ticket.is_clear else "blurred",
        "alert": {
            "id": ticket.alert_id, "situation": ticket.situation, "camera": ticket.camera_id, "camera_name": ticket.camera_name,
            "captured_at": datetime.fromtimestamp(ticket.captured_at, COUNTY_ZONE).isoformat(timespec="milliseconds"),
        },
        "file": {"name": ticket.file, "bytes": len(copy), "sha256": sha256},
        "original": {"sha256": ticket.original_sha256, "as_recorded": ticket.is_recorded},
    }  # fmt: skip


def _for_people(ticket: Ticket, sha256: str) -> str:
    def told(language: Language) -> list[tuple[str, str]]:
        zh = language == "zh-CN"
        people = (
            ("清晰" if ticket.is_clear else "已模糊，不能辨认")
            if zh
            else ("clear" if ticket.is_clear else "blurred, nobody is recognised")
        )
        whole = (
            ("与登记时一致" if ticket.is_recorded else "登记时未记校验值")
            if zh
            else ("as it was recorded" if ticket.is_recorded else "none was recorded")
        )
        heads = (
            ("导出编号", "导出人", "导出时间", "事由", "案件或工单编号", "告警", "摄像头", "拍摄时间", "人员", "文件 SHA-256", "原件 SHA-256") if zh else
            ("Export", "By", "At", "Purpose", "Case", "Alert", "Camera", "Captured", "People", "SHA-256 of the file", "SHA-256 of the original")
        )  # fmt: skip
        unit = ticket.by_unit or word("role", ticket.by_role, language)
        values = (
            ticket.number, f"{ticket.by_name} ({unit})", moment(ticket.at), word("purpose", ticket.purpose, language), ticket.case_ref,
            f"{word('situation', ticket.situation, language)} {ticket.alert_id}", f"{ticket.camera_name} {ticket.camera_id}",
            moment(ticket.captured_at), people, sha256, f"{ticket.original_sha256} ({whole})",
        )  # fmt: skip
        return list(zip(heads, values, strict=True))

    parts = []
    for language, title, bound in (
        ("zh-CN", "影像导出说明", "仅限登记事由使用，不得转发。核对：python -m console export verify 本文件。"),
        ("en", "Exported footage", "For the registered purpose only; do not pass on. To check it: python -m console export verify FILE."),
    ):  # fmt: skip
        spoken: Language = "zh-CN" if language == "zh-CN" else "en"
        parts.append("\r\n".join([title, "", *(f"{head}: {value}" for head, value in told(spoken)), "", bound, ""]))
    return "\r\n\r\n".join(parts)
