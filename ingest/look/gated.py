"""One stream watched cheaply: packets in, the pictures to look at now out.

Asleep it decodes key frames alone and reads the others' sizes, awake everything (the pictures between are needed for the
next). A waking by a key frame starts at the one before it: whoever came did so between the two. A waking by sizes starts at
once, in the middle of a group.

Packets come in the order of decoding, pictures go out in that of showing. A stream without key frames that stand alone (it is
refreshed bit by bit, H.264 D.2.8 with a recovery_frame_cnt) is decoded whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from av.error import FFmpegError

from ingest.codec.decoders import open_decoder, raw_packet
from ingest.codec.key_frames import KeyFrames, overdue
from ingest.codec.slice_qp import Layout, layout_of, weight_of
from ingest.codec.sps import check_size
from ingest.look.diagnosis import Diagnosis, is_still, measure
from ingest.look.key_gate import Grey, KeyGate, moved, small_grey
from ingest.look.packet_gate import PacketGate
from ingest.look.sampler import Sampler
from ingest.stream import STEPPED_S, EncodedPacket, VideoFormat
from lianqin.errors import SourceEnded, SourceUnreadable

NO_PICTURE_S: Final = 5.0
NO_PICTURE_ASLEEP_S: Final = 15.0
"""A key frame that gives no picture for so long, awake and asleep, is nothing that can be read. While one is due the packets
alone are a sign of life."""
BARREN: Final = 2
"""Key frames in a row that give no picture when they are decoded alone: the stream has none that does."""
KEEP_BYTES: Final = 16 * 1024 * 1024
EXACT_S: Final = 1e-4
"""Less than between any two pictures, more than a rounded time is off."""
BEFORE_ALARM_S: Final = 1.0
"""Sizes call within half a second: what is looked at begins a little before."""
DIAGNOSE_EVERY_S: Final = 0.9
"""Key frames that come thicker are not all weighed."""
DIAGNOSE_CALM_S: Final = 2.9
"""While the view is known and nothing is suspected, but something changed since the key frame before."""
DIAGNOSE_STILL_S: Final = 7.9
"""And when nothing did: what creeps in is found all the same."""


class Look(msgspec.Struct, frozen=True):
    """A picture for the detector: an `av.VideoFrame` captured `at` (epoch seconds). `moved`: where it differs from the one
    looked at before (fractions); None: not known, look at the whole."""

    at: float
    frame: Any
    moved: tuple[tuple[float, float, float, float], ...] | None = None


class Watch:
    """Of one connection's analysed stream; `packet` from one thread, `saw` from any."""

    def __init__(
        self, found: VideoFormat, sampler: Sampler, gate: KeyGate, diagnosis: Diagnosis | None = None, *,
        keys_alone: bool = False,
    ) -> None:  # fmt: skip
        """`keys_alone`: nothing but key frames is ever decoded."""
        self._keys_alone = keys_alone
        self.format, self._sampler, self._gate = found, sampler, gate
        self._diagnosis = diagnosis or Diagnosis()
        self._diagnosed_at = float("-inf")
        self._sizes: list[int] = []
        """Of the running group's packets."""
        self._still = False
        self._decoder = open_decoder(found, quick=True)
        self._held_many = False
        self._newest = self._shown = float("-inf")
        """Of the packets that came; of the pictures that went out."""
        self._barren = 0
        self._key_from = float("inf")
        """While all is decoded: the next picture shown then or later counts as a key frame's."""
        self._groups: deque[list[EncodedPacket]] = deque(maxlen=2)
        self._kept_bytes = 0
        self._answers: deque[tuple[float, bool]] = deque()
        self._picture_at = float("-inf")
        self._keys = KeyFrames()
        self._key_untold: float | None = None
        """When the first key frame came that no picture followed yet."""
        self._refused_at: float | None = None
        """Since when the decoder refuses each packet: it is no video."""
        self._packets = PacketGate()
        self._layout: Layout | None = None
        self._looked: Grey | None = None
        self._looked_at = float("-inf")
        """Of the picture that was last handed to the detector."""
        self._given = float("-inf")
        """Capture time of the newest picture that went to the detector: what waking catches up with begins after it."""
        self._saw_nothing = False
        """Its answer is there, and there was nothing interesting in it."""
        self.spared = 0
        """Pictures that needed no look of their own."""
        self.alarms = 0
        """Times that packets alone called for a look."""
        self.broken = 0
        """Packets that the decoder refused."""
        sampler.reset()

    @property
    def awake(self) -> bool:
        return self._sampler.awake

    @property
    def wants_all(self) -> bool:
        """Every packet is decoded as it comes."""
        return (self._sampler.awake and not self._keys_alone) or self._barren >= BARREN

    def saw(self, at: float, *, interesting: bool) -> None:
        """The detector's answer for the picture captured at `at`."""
        self._answers.append((at, interesting))

    def packet(self, packet: EncodedPacket) -> list[Look]:
        """Pictures to look at, in order. Raises SourceUnreadable when packets come but no picture, SourceEnded when the
        picture's size changed (whoever pulls opens it anew)."""
        if packet.at < self._newest - STEPPED_S:
            self._begin_anew(packet.at)
        self._newest = max(self._newest, packet.at)
        is_overdue = self._keys.see(packet.at, is_key=packet.is_key)
        if is_overdue and packet.at - self._picture_at > NO_PICTURE_S:
            raise overdue(self._keys)
        looks = self._take_answers()
        if packet.is_key:
            self._key_untold = packet.at if self._key_untold is None else self._key_untold
            self._still = is_still(self._sizes[0], self._sizes[1:]) if self._sizes else False
            self._sizes.clear()
        self._sizes.append(len(packet.content))
        if self._keys_alone:
            looks += self._key_alone(packet)
            self._check(packet.at)
            return looks
        self._keep(packet)
        if packet.is_key:
            self._layout = self._layout or self._read_layout(packet.content)
            odd = self._packets.step(0.0, is_key=True)
        else:
            odd = self._packets.step(weight_of(packet.content, self._layout), is_key=False)
        looks += self._awake(packet) if self._sampler.awake else self._asleep(packet, odd=odd)
        self._check(packet.at)
        self._given = max(self._given, *(look.at for look in looks)) if looks else self._given
        return looks

    def _take_answers(self) -> list[Look]:
        while self._answers:
            at, interesting = self._answers.popleft()
            if at >= self._looked_at:
                self._saw_nothing = not interesting
            if not self._sampler.saw(at, interesting=interesting):
                continue
            if self._sampler.awake:
                self._packets.learn(empty=False)
                return self._catch_up()
            self._packets.learn(empty=self._sampler.was_for_nothing)
            if self._sampler.was_for_nothing:
                self._gate.learn_empty()
        return []

    def _awake(self, packet: EncodedPacket) -> list[Look]:
        looks = []
        self._key_from = packet.at if packet.is_key else self._key_from
        for at, frame in self._decode([packet]):
            if self._is_key(at):
                self._diagnose(at, frame, changed=self._gate.is_active(small_grey(frame)))
            if self._sampler.is_due(at):
                looks += self._look(at, frame)
        return looks

    def _look(self, at: float, frame: Any) -> list[Look]:
        """A picture that does not differ from one in which the detector saw nothing needs no answer of its own."""
        grey = small_grey(frame)
        where = moved(self._looked, grey) if self._looked is not None else None
        if self._saw_nothing and where == ():
            self.spared += 1
            self.saw(at, interesting=False)
            return []
        self._looked, self._looked_at, self._saw_nothing = grey, at, False
        return [Look(at, frame, where)]

    def _asleep(self, packet: EncodedPacket, *, odd: bool) -> list[Look]:
        if not packet.is_key and not self.wants_all:
            if self._keys.is_late(packet.at):  # is it still video that comes?
                list(self._decode([packet]))
            return self._alarm() if odd else []
        looks = []
        for at, frame in self._key_pictures(packet):
            active = self._gate.is_active(small_grey(frame))
            self._diagnose(at, frame, changed=active)
            decision = self._sampler.on_key_frame(at, active=active)
            if decision == "wake":
                self._packets.learn(empty=False)
                return self._catch_up()
            if decision == "look":
                looks.append(Look(at, frame))
            self._packets.learn(empty=not active)
            self._gate.learn_empty()  # if the detector sees something in this look, the camera wakes all the same
        return looks

    def _key_alone(self, packet: EncodedPacket) -> list[Look]:
        """Awake each key frame is looked at; asleep each that shows change, and one each `quiet_interval`."""
        looks = []
        for at, frame in self._key_pictures(packet):
            active = self._gate.is_active(small_grey(frame))
            self._diagnose(at, frame, changed=active)
            if self._sampler.awake:
                looks += self._look(at, frame) if self._sampler.is_due(at) else []
            elif self._sampler.on_key_frame(at, active=active) != "skip":
                looks.append(Look(at, frame))
                self._gate.learn_empty()
        return looks

    def _key_pictures(self, packet: EncodedPacket) -> list[tuple[float, Any]]:
        """A key frame's picture, decoded alone; of a stream whose key frames don't stand alone the first that is shown from
        there on."""
        if self._barren >= BARREN:
            self._key_from = packet.at if packet.is_key else self._key_from
            shown = list(self._decode([packet]))
            if any(frame.key_frame for _, frame in shown):
                self._barren = 0
            return [(at, frame) for at, frame in shown if self._is_key(at)]
        if not packet.is_key:
            return []
        if self._held_many:  # FFmpeg keeps room for as many pictures as were ever held at once: megabytes a camera
            self._decoder, self._held_many = open_decoder(self.format, quick=True), False
        broken = self.broken
        self._flush(packet.at)
        shown = list(self._decode([packet, None]))
        self._flush(packet.at)
        self._barren = 0 if shown or self.broken > broken else self._barren + 1
        return shown

    def _is_key(self, at: float) -> bool:
        if at < self._key_from - EXACT_S:
            return False
        self._key_from = float("inf")
        return True

    def _flush(self, begin: float) -> None:
        """What the decoder holds is forgotten: the next packet is the key frame of `begin`, perhaps an earlier one. Pictures
        that are shown before it refer to what is not there."""
        self._decoder.flush_buffers()
        self._shown = begin - EXACT_S

    def _begin_anew(self, at: float) -> None:
        """Our clock was set back: no time of before can be compared with one from now on."""
        self._sampler.reset()
        self._groups.clear()
        self._flush(at)
        self._picture_at, self._newest, self._diagnosed_at, self._looked_at = at, at, float("-inf"), float("-inf")
        self._given = float("-inf")
        self._key_untold = self._refused_at = None

    def _read_layout(self, content: bytes) -> Layout | None:
        return layout_of(self.format.extradata) or layout_of(content) if self.format.codec == "h264" else None

    def _alarm(self) -> list[Look]:
        """The packets tell of movement: the running group is decoded, and its newest picture must differ from the key frame
        before, else it was noise."""
        self._flush(self._groups[-1][0].at if self._groups else 0.0)
        since = self._groups[-1][-1].at - BEFORE_ALARM_S if self._groups else 0.0
        shown = [(at, frame) for at, frame in self._decode(self._groups[-1]) if at >= since] if self._groups else []
        self.alarms += 1
        self._held_many = True
        if not shown or not self._gate.differs(small_grey(shown[-1][1])):
            self._packets.reject()
            return []
        if self._sampler.on_alarm(shown[-1][0]) == "look":
            self._packets.reject()
            return [Look(*shown[-1])]
        self._packets.learn(empty=False)
        return self._due(shown)

    def _diagnose(self, at: float, frame: Any, *, changed: bool) -> None:
        every = DIAGNOSE_EVERY_S
        if self._diagnosis.is_calm:
            every = DIAGNOSE_CALM_S if changed or self._still else DIAGNOSE_STILL_S
        if at - self._diagnosed_at >= every or at < self._diagnosed_at:
            self._diagnosed_at = at
            self._diagnosis.see(at, measure(frame), still=self._still)

    def _due(self, shown: Iterable[tuple[float, Any]]) -> list[Look]:
        """Those to look at of what came earlier; a look older than one that was given would be a step back in time."""
        later = ((at, frame) for at, frame in shown if at > self._given)
        return [one for at, frame in later if self._sampler.is_due(at) for one in self._look(at, frame)]

    def _catch_up(self) -> list[Look]:
        """Decode what is kept, from the key frame before the last one."""
        self._held_many = True
        kept = [packet for group in self._groups for packet in group]  # with key frames alone there is nothing
        self._flush(kept[0].at if kept else self._newest)
        return self._due(self._decode(kept))

    def _keep(self, packet: EncodedPacket) -> None:
        if packet.is_key:
            self._groups.append([])
            self._kept_bytes = sum(len(one.content) for group in self._groups for one in group)
        elif not self._groups or self._kept_bytes > KEEP_BYTES:
            return
        self._groups[-1].append(packet)
        self._kept_bytes += len(packet.content)

    def _decode(self, packets: Iterable[EncodedPacket | None]) -> Iterable[tuple[float, Any]]:
        """Pictures in the order in which they are shown, in a time that rises; at None the decoder gives what it holds."""
        for one in packets:
            try:
                frames = self._decoder.decode(None if one is None else raw_packet(one))
            except FFmpegError:
                self.broken += 1
                if one is not None:
                    self._refused_at = one.at if self._refused_at is None else self._refused_at
                    if one.is_key:
                        check_size(one.content, self.format.codec)
                continue
            if one is not None:
                self._refused_at = None
            for frame in frames:
                if frame.is_corrupt or frame.pts is None:
                    continue
                self._same_size(frame)
                at = frame.pts / 1_000_000
                if at <= self._shown:
                    continue  # before its decoder knows how far a stream's pictures are out of order
                self._shown = at
                self._picture_at, self._key_untold = max(at, self._picture_at), None
                yield at, frame

    def _same_size(self, frame: Any) -> None:
        if (frame.width, frame.height) != (self.format.width, self.format.height):
            was = f"{self.format.width}x{self.format.height}"
            detail = f"the picture's size changed from {was} to {frame.width}x{frame.height}"
            raise SourceEnded("source.changed", detail, reason="ended")

    def _check(self, at: float) -> None:
        """While a key frame is due the decoder need only take what comes; once it came there must be pictures."""
        since, limit = self._key_untold, NO_PICTURE_S if self.wants_all else NO_PICTURE_ASLEEP_S
        if since is None:
            since, limit = self._refused_at, NO_PICTURE_S
        if since is not None and at - since > limit:
            detail = f"packets come, but no picture could be decoded for {limit:g} s"
            raise SourceUnreadable("source.unreadable", detail, reason="unreadable")
