"""A session description (SDP, RFC 8866; RTSP's use of it: RFC 2326 C.1) as cameras write it. Pure.

Addresses are made as live555, FFmpeg and gortsplib make them, by putting texts together: a base with a query keeps it, and the
control follows the query. Cameras' addresses are no files of a folder, and RFC 3986 would lead to another one.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import msgspec

from ingest.codec.bits import MOST_BYTES, units
from ingest.codec.sps import picture_size
from ingest.source.rtp import START
from ingest.source.rtsp_message import NotOurs
from ingest.stream import VideoFormat

_CODECS: Final = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_SETS: Final = {"h264": (7, 8), "hevc": (32, 33, 34)}
"""Kinds of NAL units that are parameter sets, in the order that decoders want."""
_MOST_SETS: Final = 32
_MOST_URL: Final = 4096
_MOST_RATE: Final = 10_000_000
RATE: Final = 90_000
"""Ticks a second, of every video payload format."""
_MOST_FPS: Final = 1000.0
_ABSOLUTE: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_MAPPED: Final = re.compile(r"\s*(\d{1,3})\s+([^/\s]+)\s*(?:/\s*(\d{1,12}))?")


class StreamDescription(msgspec.Struct, frozen=True):
    """What is known of the stream before its first packet. `payload`: RTP payload type, None: any. `aggregate`: the
    session's own control, empty when there is none."""

    format: VideoFormat
    control: str
    clock_rate: int
    payload: int | None = None
    aggregate: str = ""


class MediaTrack(msgspec.Struct, frozen=True):
    """What a description says of its first H.264 or H.265 stream."""

    codec: str
    sets: bytes
    fps: float
    control: str
    clock_rate: int
    payload: int
    aggregate: str

    def told(self, sets: bytes) -> StreamDescription | None:
        """With these parameter sets; None where they tell no size."""
        size = picture_size(sets, self.codec)
        if size is None:
            return None
        found = VideoFormat(self.codec, *size, self.fps, sets)
        return StreamDescription(found, self.control, self.clock_rate, self.payload, self.aggregate)


class InBand(NotOurs):
    """The description lacks the parameter sets: they come with the first key frame, perhaps."""

    def __init__(self, track: MediaTrack) -> None:
        super().__init__("the description lacks the parameter sets")
        self.track = track


def read_description(text: str) -> StreamDescription:
    """The first H.264 or H.265 stream, whatever stands before it. Raises NotOurs where there is none, InBand where its
    parameter sets don't stand in the description."""
    lines = [line.strip() for line in text.splitlines()]
    begins = [n for n, line in enumerate(lines) if line.startswith("m=")] + [len(lines)]
    aggregate = _control(lines[: begins[0]])
    if not _ABSOLUTE.match(aggregate):
        aggregate = ""  # players take no other for the session's
    for begin, end in pairwise(begins):
        track = _track(lines[begin], lines[begin + 1 : end], aggregate)
        if track is not None:
            told = track.told(track.sets)
            if told is None:
                raise InBand(track)
            return told
    raise NotOurs("no H.264 or H.265 in the description")


def base_of(url: str, headers: Mapping[str, str], aggregate: str) -> str:
    """What relative controls are appended to and what PLAY goes to: the session's control, Content-Base,
    Content-Location, or the address that was asked for."""
    if aggregate:
        return aggregate
    for name in ("content-base", "content-location"):
        told = headers.get(name, "")[:_MOST_URL]
        if _ABSOLUTE.match(told):
            return told
        if told.startswith("/"):
            return "/".join(url.split("/", 3)[:3]) + told
    return url


def resolve(base: str, control: str) -> str:
    """Where a track is set up."""
    if control in ("", "*"):
        return base
    if _ABSOLUTE.match(control):
        return control
    return base + ("" if base.endswith("/") or control[0] in "/?" else "/") + control


def in_band_sets(content: bytes, codec: str) -> bytes:
    """The parameter sets that stand in a picture, in Annex B form."""
    wanted = _SETS[codec]
    found = {kind: dict[bytes, None]() for kind in wanted}
    for unit in units(content):
        kind = (unit[0] >> 1 & 63 if codec == "hevc" else unit[0] & 31) if unit else -1
        if kind in found and len(unit) <= MOST_BYTES and len(found[kind]) < _MOST_SETS:
            found[kind][unit.rstrip(b"\x00")] = None
    return b"".join(START + unit for kind in wanted for unit in found[kind])


def _track(media: str, part: list[str], aggregate: str) -> MediaTrack | None:
    words = media[2:].split()
    if len(words) < 4 or words[0].lower() != "video" or "SAVP" in words[2].upper():
        return None
    mapped = dict[int, tuple[str, int]]()
    for value in _values(part, "rtpmap"):
        found = _MAPPED.match(value)
        if found and found[2].upper() in _CODECS:
            mapped.setdefault(int(found[1]), (_CODECS[found[2].upper()], int(found[3] or 0)))
    payload = next(
        (int(one) for one in words[3:] if one.isascii() and one.isdigit() and len(one) < 4 and int(one) in mapped), None
    )
    if payload is None or payload > 127:
        return None
    codec, rate = mapped[payload]
    fields = _format_fields(part, payload)
    if fields.get("sprop-max-don-diff", "0").strip("0"):
        return None  # units out of their order (RFC 7798 4.5): FFmpeg puts them right
    return MediaTrack(
        codec, _told_sets(fields, codec), _fps(part), _control(part), rate if 0 < rate <= _MOST_RATE else RATE, payload,
        aggregate,
    )  # fmt: skip


def _values(part: list[str], name: str) -> Iterator[str]:
    """Of the attributes of this name."""
    begin = f"a={name}:"
    return (line[len(begin) :] for line in part if line[: len(begin)].lower() == begin)


def _control(part: list[str]) -> str:
    told = next(_values(part, "control"), "").strip()[:_MOST_URL]
    return "".join(letter for letter in told if letter.isprintable())


def _fps(part: list[str]) -> float:
    try:
        told = float(next(_values(part, "framerate"), "0")[:32])
    except ValueError:
        return 0.0
    return told if 0 < told <= _MOST_FPS else 0.0


def _format_fields(part: list[str], payload: int) -> dict[str, str]:
    """Fields of the stream's fmtp lines, by lower-case name."""
    found = dict[str, str]()
    for value in _values(part, "fmtp"):
        number, _, rest = value.strip().partition(" ")
        if number == str(payload):
            for field in rest.split(";"):
                name, _, said = field.partition("=")
                found.setdefault(name.strip().lower(), said.strip())
    return found


def _told_sets(fields: dict[str, str], codec: str) -> bytes:
    names = ("sprop-parameter-sets",) if codec == "h264" else ("sprop-vps", "sprop-sps", "sprop-pps")
    sets = list[bytes]()
    for name in names:
        for one in fields.get(name, "").split(",", _MOST_SETS)[:_MOST_SETS]:
            if 0 < len(one) <= 2 * MOST_BYTES:
                with_padding = one.rstrip("= ") + "=" * (-len(one.rstrip("= ")) % 4)
                try:
                    sets.append(START + base64.b64decode(with_padding))
                except ValueError:
                    continue
    return b"".join(sets)
