"""One simulated camera: its streams, its password, and the faults it can be put into."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal, cast, get_args

from demo.rtsp.media import MediaStream
from demo.rtsp.pictures import HOWS, How, made_aside
from demo.rtsp.pump import Pump
from demo.rtsp.quirks import Quirks

Fault = Literal[
    "ok", "drop", "hang", "stall", "garbage", "401", "404", "503", "slow", "clock_jump", "codec_change",
    "resolution_change", "offline", "cover", "freeze", "turn", "blur", "dark",
]  # fmt: skip
"""drop, clock_jump, codec_change and resolution_change happen once; the others last until `ok`.

    drop               all its connections are aborted; the next one works
    hang               requests are taken and never answered, running streams fall silent
    stall              connections stay, no packet comes
    garbage            packets come at their time, their payload is noise
    401 404 503        every request is refused so, running streams end
    slow               a quarter of the frames a second
    clock_jump         time stamps and its clock go an hour ahead
    codec_change       running streams end; from now on H.265 instead of H.264 or back
    resolution_change  main and sub-stream change places within the running streams
    offline            every connection is aborted at once
    cover freeze turn blur dark
                       the picture itself: paper over the lens, the same picture for ever, turned away by a third, out of
                       focus, no light
"""
FAULTS: tuple[str, ...] = get_args(Fault)
JUMP_S = 3600.0


class SimCamera:
    """A camera with named streams (`main`, and perhaps `sub`). `others` is what each becomes on a codec change;
    `clock_error_s` is how far its clock is ahead of ours, `drift` how much too fast it goes."""

    def __init__(
        self,
        streams: Mapping[str, MediaStream],
        *,
        user: str = "",
        password: str = "",
        others: Mapping[str, MediaStream] | None = None,
        clock_error_s: float = 0.0,
        drift: float = 0.0,
        quirks: Quirks | None = None,
    ) -> None:
        self.user, self.password = user, password
        self.quirks = quirks or Quirks()
        self.log_ins = self.wrong_log_ins = 0
        """Requests that said who asks; those of them with a wrong password, for a nonce that held."""
        self.mode: str = "ok"
        self.connections: set[asyncio.StreamWriter] = set()
        self.pumps = {
            name: Pump(stream, clock_error_s=clock_error_s, drift=drift, stamp=self.quirks.stamp)
            for name, stream in streams.items()
        }
        self._others = dict(others or {})
        self._right: dict[str, MediaStream] = {}
        """What it showed before somebody did something to its picture."""

    @property
    def is_locked(self) -> bool:
        """Whoever asks now is refused, the right password or not."""
        return 0 < self.quirks.locks_after <= self.wrong_log_ins

    async def put(self, fault: str) -> None:
        """As `set_fault`; a picture that must be made first is made aside, while all cameras go on."""
        if fault in HOWS:
            made = {
                name: await made_aside(path, pump.place, cast("How", fault))
                for name, pump in self.pumps.items() if not self._right and (path := pump.stream.path) is not None
            }  # fmt: skip
            if set(made) != set(self.pumps):
                raise ValueError(
                    "its picture can't be changed: it shows no clip, or is changed already; say `ok` first"
                )
            self._right = {name: pump.stream for name, pump in self.pumps.items()}
            for name, stream in made.items():
                self.pumps[name].swap(stream)
            return
        if fault == "ok" and self._right:
            for name, stream in self._right.items():
                self.pumps[name].swap(stream)
            self._right = {}
        self.set_fault(fault)

    def set_fault(self, fault: str) -> None:
        """Raises ValueError that names the known ones, or says what this camera lacks for it."""
        if fault not in FAULTS or fault in HOWS:
            raise ValueError(f"no such fault: {fault}; there are: {', '.join(FAULTS)}")
        if fault == "drop":
            self.hang_up()
        elif fault == "clock_jump":
            for pump in self.pumps.values():
                pump.jump += JUMP_S
        elif fault == "resolution_change":
            self._change_resolution()
        elif fault == "codec_change":
            self._change_codec()
        else:
            self.mode = fault
            for pump in self.pumps.values():
                pump.mode = fault
            if fault in {"401", "404", "503", "offline"}:
                self.hang_up()

    def _change_resolution(self) -> None:
        if len(self.pumps) < 2:
            raise ValueError("this camera has one stream only: its size can't change")
        streams = [pump.stream for pump in self.pumps.values()]
        for pump, stream in zip(self.pumps.values(), reversed(streams), strict=True):
            pump.swap(stream)

    def _change_codec(self) -> None:
        if not self._others:
            raise ValueError("this camera has nothing in another codec")
        was = {name: self.pumps[name].stream for name in self._others}
        for name, stream in self._others.items():
            self.pumps[name].swap(stream)
        self._others = was
        self.hang_up()

    def hang_up(self) -> None:
        """Abort every connection, as a camera that loses its power does."""
        for writer in tuple(self.connections):
            writer.transport.abort()
