"""The packets that FFmpeg read while it opened a stream, put where they belong in time.

Cameras begin with a key frame. FFmpeg holds it back, with up to some seconds more where it had to look longer for the picture's
form, then gives all at once, and the very first without a time stamp. Thrown away (`fflags=nobuffer`) it costs a whole
group of blindness at each opening.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from lianqin.clock import Clock

WAITED_S: Final = 0.005
"""A packet that took longer to come was not held back: it is as young as a packet can be."""
HOLD_S: Final = 0.5
MOST_HELD: Final = 1000
USUAL_FPS: Final = 25.0


class Timed(msgspec.Struct, frozen=True):
    """`packet`: an `av.Packet`; `media`: its time stamp, `arrived`: on our monotonic clock, seconds."""

    packet: Any
    media: float
    arrived: float


def timed(packets: Iterable[Any], tick: float, fps: float, clock: Clock) -> Iterator[Timed]:
    """Every packet of an `av` stream whose time stamps count ticks of `tick` seconds; `fps` 0: not told. The first ones wait
    until it is known when they came, which is one picture, or as many as are out of order."""
    held: list[tuple[Any, float]] | None = []
    began = before = clock.monotonic()
    media = 0.0
    for packet in packets:
        now = clock.monotonic()
        if held is not None:
            held.append((packet, now))
            is_young = now - before >= WAITED_S and packet.dts is not None
            before = now
            if is_young or now - began >= HOLD_S or len(held) == MOST_HELD:
                found = list(placed(held, tick, fps))
                held, media = None, found[-1].media
                yield from found
            continue
        media = media if packet.pts is None else packet.pts * tick
        yield Timed(packet, media, now)


def placed(held: Sequence[tuple[Any, float]], tick: float, fps: float) -> Iterator[Timed]:
    """What was held, each with the moment at which it was read, put in time: what stands without a stamp is a picture earlier
    than what follows, and came to us no later than the last one did, less the time between the two."""
    frame = 1.0 / (fps or USUAL_FPS)
    lacking = sum(packet.pts is None for packet, _ in held)
    media = min((due for packet, _ in held if (due := _due(packet, tick)) is not None), default=0.0)
    media -= frame * (lacking + 1)
    order, orders, medias = media, list[float](), list[float]()
    for packet, _ in held:
        due = _due(packet, tick)
        media = media + frame if packet.pts is None else packet.pts * tick
        order = max(order, media if due is None else due)
        orders.append(order)
        medias.append(media)
    for (packet, now), one, at in zip(held, medias, orders, strict=True):
        yield Timed(packet, one, min(now, held[-1][1] - (order - at)))


def _due(packet: Any, tick: float) -> float | None:
    """When it is to be decoded."""
    stamp = packet.pts if packet.dts is None else packet.dts
    return None if stamp is None else float(stamp * tick)
