"""Which H.264 payload of a browser's offer is taken, and what the answer calls it: the profile and level that are really sent
(RFC 6184 8.1 and 8.2.2), as the stream's sequence parameter set says. Pure.

aiortc knows two profiles by name and compares no more; the others are told to it under such a name and named rightly again in
the answer.
"""

from __future__ import annotations

import re
from typing import Final

from aiortc.sdp import parse_h264_profile_level_id

KNOWN: Final = "42e01f"
"""Constrained baseline, which aiortc has."""
HIGH_444: Final = "f4"
"""Offered by browsers that name no High; one that is told so of an ordinary stream shows few tiles of many."""
_MAP: Final = re.compile(r"^a=rtpmap:(\d+) H264/90000\s*$", re.IGNORECASE | re.MULTILINE)
_NAMED: Final = re.compile(r"profile-level-id=([0-9a-f]{6})", re.IGNORECASE)
_LEVEL: Final = slice(4, 6)


def take_one(offer: str, sent: str) -> tuple[str, str]:
    """The offer with one H.264 payload, the one that fits `sent` (profile-level-id, hex) best, under aiortc's name; and what
    the answer is to call it. Browsers refuse a profile that they did not offer: where none fits the level alone is ours."""
    found = {payload: _parameters(offer, payload) for payload in _MAP.findall(offer)}
    able = {
        payload: told for payload, told in found.items()
        if "packetization-mode=1" in told and (sent[:2] == HIGH_444 or _profile(told)[:2] != HIGH_444)
    }  # fmt: skip
    if not able:
        return offer, KNOWN
    best = max(able, key=lambda payload: _fit(_profile(able[payload]), sent))
    offered = _profile(able[best])
    name = sent if _kind(offered) == _kind(sent) is not None else offered[:4] + sent[_LEVEL]
    lines = []
    for line in offer.splitlines():
        payload = re.match(r"a=(?:rtpmap|fmtp):(\d+) ", line)
        if payload and payload[1] in found:
            if payload[1] == best:
                line = _NAMED.sub(f"profile-level-id={KNOWN}", line)  # noqa: PLW2901 - the line as it is told on
            else:
                line = line.replace("H264/", "x-not-taken/")  # noqa: PLW2901
        lines.append(line)
    return "\r\n".join(lines), name


def call_it(answer: str, name: str) -> str:
    """The answer with the payload called so."""
    return _NAMED.sub(f"profile-level-id={name}", answer)


def _parameters(offer: str, payload: str) -> str:
    found = re.search(rf"^a=fmtp:{payload} (.*)$", offer, re.MULTILINE)
    return found[1] if found else ""


def _profile(parameters: str) -> str:
    found = _NAMED.search(parameters)
    return found[1].lower() if found else KNOWN


def _kind(profile: str) -> object:
    """None for one that RFC 6184's table 5 does not have."""
    try:
        return parse_h264_profile_level_id(profile)[0]
    except ValueError:
        return None


def _fit(offered: str, sent: str) -> tuple[bool, bool, int]:
    """The same profile, or one of the same number, or the highest."""
    kind = _kind(sent)
    return kind is not None and _kind(offered) == kind, offered[:2] == sent[:2], int(offered[:2], 16)
