"""What the detector sees in windows around labelled things: the looks that a camera gets while it is awake."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from bench.quality import footage, looks
from bench.quality.labels import Kind, Labels
from bench.quality.looks import PictureLook
from bench.quality.measure import ClipSeen
from detect import windows
from detect.detector import Detector
from lianqin.decoding import from_msgpack
from lianqin.records import Frame

PIXELS: Final = windows.PIXELS


def look(one: ClipSeen, detector: Detector, kind: Kind) -> tuple[PictureLook, ...]:
    """At each picture on which the labelled things of this kind fit into windows: the boxes there. Kept on the disk."""
    path = footage.locate(one.clip)
    assert path is not None
    mine = msgspec.json.encode([thing for thing in one.labels.appearance if thing.kind == kind])
    key = f"{one.clip.sha256}{one.clip.frames}{detector.card.sha256}{looks.kernel()}{looks.VERSION}".encode() + mine
    kept = looks.CACHE / f"{one.clip.id}-{detector.card.variant}-{kind}-{hashlib.sha256(key).hexdigest()[:16]}.msgpack"
    if kept.is_file():
        return tuple(from_msgpack(kept.read_bytes(), list[PictureLook]))
    found = list[PictureLook]()
    for at, shown in looks.pictures(path, one.clip):
        parts = plan(one.labels, kind, at, one.looks.aspect)
        if parts:
            [seen] = detector.detect([Frame(one.clip.id, at, looks.shrink(shown), parts)])
            found.append(PictureLook(round(at, 3), seen))
    looks.save(kept, msgspec.msgpack.encode(found))
    return tuple(found)


def plan(labels: Labels, kind: Kind, at: float, aspect: float) -> tuple[windows.Box, ...]:
    """Windows for all labelled things of the kind then; none where they need a whole look."""
    boxes: Sequence[windows.Box] = [box for thing in labels.appearance if thing.kind == kind and (box := thing.box(at))]
    parts = windows.plan(boxes, boxes, aspect) if boxes else ()
    return () if parts == (windows.WHOLE,) else parts
