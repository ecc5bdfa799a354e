"""What a real client (FFmpeg's, by PyAV) gets from the simulated cameras."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import av
import pytest

from demo.cameras import CAMERAS, DemoCamera
from demo.rtsp.camera import FAULTS, SimCamera
from demo.rtsp.sim import CameraSim

StartSim = Callable[[Mapping[str, SimCamera]], CameraSim]
LASTING = ("hang", "stall", "garbage", "401", "404", "503", "slow", "offline")


def pull(url: str, transport: str = "tcp", read_timeout: float = 2.0) -> Any:
    """An opened stream, as a worker opens it."""
    options = {"rtsp_transport": transport, "analyzeduration": "0", "probesize": "32"}
    return av.open(url, options=options, timeout=(3.0, read_timeout))


def steps(things: Iterable[Any]) -> list[int]:
    """Differences of time stamps, from the second on: FFmpeg gives the first packet none when it opens without probing."""
    stamps = [thing.pts for thing in things][1:]
    assert None not in stamps
    return [b - a for a, b in itertools.pairwise(stamps)]


def pictures(container: Any) -> Iterator[Any]:
    """Decoded frames; broken ones are passed over, as a worker does."""
    for packet in container.demux(video=0):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue


@pytest.fixture
def three(loops: Any, camera_sim: StartSim) -> CameraSim:
    """An H.264 camera, an H.265 one with a password that would break a careless address, and a neighbour."""
    return camera_sim({
        "C01": SimCamera({"main": loops.h264, "sub": loops.h264_small}, others={"main": loops.hevc}),
        "C02": SimCamera({"main": loops.hevc}, user="admin", password="ping@an-1"),
        "C03": SimCamera({"main": loops.h264}),
    })  # fmt: skip


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    ("camera_id", "stream", "codec", "size"),
    [("C01", "main", "h264", (320, 180)), ("C01", "sub", "h264", (160, 96)), ("C02", "main", "hevc", (320, 180))],
)
def test_every_codec_comes_by_every_transport(
    three: CameraSim, camera_id: str, stream: str, codec: str, size: tuple[int, int], transport: str
) -> None:
    with pull(three.url(camera_id, stream), transport) as container:
        assert container.streams.video[0].codec_context.name == codec
        frames = list(itertools.islice(pictures(container), 15))
    assert {(frame.width, frame.height) for frame in frames} == {size}
    assert set(steps(frames)) == {3600}


@pytest.mark.parametrize("credentials", ["", "admin:wrong@", "other:ping%40an-1@"])
def test_a_camera_with_a_password_refuses_whoever_does_not_know_it(three: CameraSim, credentials: str) -> None:
    with pytest.raises(av.HTTPUnauthorizedError):
        pull(f"rtsp://{credentials}127.0.0.1:{three.port}/C02")


def test_an_unknown_camera_and_an_unknown_stream_are_not_found(three: CameraSim) -> None:
    for path in ("C99", "C03/sub"):
        with pytest.raises(av.HTTPNotFoundError):
            pull(f"rtsp://127.0.0.1:{three.port}/{path}")


def test_the_loop_goes_on_without_a_seam(three: CameraSim) -> None:
    with pull(three.url("C01", "sub")) as container:
        packets = list(itertools.islice(container.demux(video=0), 110))  # more than two loops of 50
    assert set(steps(packets)) == {3600}
    assert [n for n, packet in enumerate(packets) if packet.is_keyframe][1:] != []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", av.HTTPUnauthorizedError),
        ("404", av.HTTPNotFoundError),
        ("503", av.HTTPServerError),
        ("hang", (av.ExitError, av.InvalidDataError)),
    ],
)
def test_a_camera_that_refuses_or_hangs_does_so_by_name(three: CameraSim, fault: str, error: Any) -> None:
    three.fault("C01", fault)
    with pytest.raises(error):
        pull(three.url("C01"))


def test_an_offline_camera_ends_every_connection(three: CameraSim) -> None:
    with pull(three.url("C01")) as container:
        packets = container.demux(video=0)
        next(packets)
        three.fault("C01", "offline")
        assert len(list(packets)) < 50, "the stream that ran has ended"
    with pytest.raises((ConnectionError, av.EOFError, av.InvalidDataError, OSError)) as caught:
        pull(three.url("C01"))
    assert not isinstance(caught.value, av.ExitError), "refused at once, not after the time-out"


def test_a_stalled_camera_runs_into_the_read_timeout(three: CameraSim) -> None:
    with pull(three.url("C01"), read_timeout=1.0) as container:
        packets = container.demux(video=0)
        next(packets)
        three.fault("C01", "stall")
        with pytest.raises(av.ExitError):
            list(packets)


def test_a_dropped_camera_ends_and_can_be_pulled_again_at_once(three: CameraSim) -> None:
    with pull(three.url("C01")) as container:
        packets = container.demux(video=0)
        next(packets)
        three.fault("C01", "drop")
        assert len(list(packets)) < 50
    with pull(three.url("C01")) as container:
        assert len(list(itertools.islice(pictures(container), 5))) == 5


def test_garbage_arrives_as_packets_of_which_hardly_one_shows_a_picture(three: CameraSim) -> None:
    three.fault("C03", "garbage")
    until = time.monotonic() + 3.0
    seen = 0
    try:
        with pull(three.url("C03"), read_timeout=1.0) as container:
            for packet in container.demux(video=0):
                with contextlib.suppress(av.InvalidDataError):
                    seen += len(packet.decode())
                if time.monotonic() > until:
                    break
    except (av.ExitError, av.InvalidDataError):
        pass  # that nothing readable comes at all is as good
    assert seen <= 10  # of some 75: now and then noise reads as a slice, and the decoder conceals the rest


def test_a_slow_camera_sends_a_quarter_of_its_frames(three: CameraSim) -> None:
    three.fault("C03", "slow")
    with pull(three.url("C03")) as container:
        packets = container.demux(video=0)
        next(packets)
        began = time.monotonic()
        got = list(itertools.islice(packets, 8))
    assert len(got) == 8
    assert time.monotonic() - began > 0.9, "at full speed these took 0.3 s"


def test_a_clock_jump_shows_in_the_time_stamps(three: CameraSim) -> None:
    with pull(three.url("C01")) as container:
        packets = container.demux(video=0)
        before = list(itertools.islice(packets, 10))
        three.fault("C01", "clock_jump")
        after = list(itertools.islice(packets, 40))
    assert [step for step in steps([*before, *after]) if step != 3600] == [3600 + 3600 * 90000]


def test_a_changed_codec_shows_on_the_next_connection(three: CameraSim) -> None:
    with pull(three.url("C01")) as container:
        packets = container.demux(video=0)
        next(packets)
        three.fault("C01", "codec_change")
        assert len(list(packets)) < 50, "the old session ends"
    with pull(three.url("C01")) as container:
        assert container.streams.video[0].codec_context.name == "hevc"
        assert len(list(itertools.islice(pictures(container), 5))) == 5
    three.fault("C01", "codec_change")
    with pull(three.url("C01")) as container:
        assert container.streams.video[0].codec_context.name == "h264"


def test_a_changed_resolution_shows_within_the_running_stream(three: CameraSim) -> None:
    with pull(three.url("C01")) as container:
        frames = pictures(container)
        assert next(frames).width == 320
        three.fault("C01", "resolution_change")
        widths = [frame.width for frame in itertools.islice(frames, 40)]
    assert widths[-1] == 160
    assert sum(1 for a, b in itertools.pairwise(widths) if a != b) <= 1


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_ends_by_ok_and_never_touches_the_neighbour(three: CameraSim, fault: str) -> None:
    three.fault("C01", fault)
    with pull(three.url("C03")) as container:
        packets = list(itertools.islice(container.demux(video=0), 15))
    assert set(steps(packets)) == {3600}
    three.fault("C01", "ok")
    with pull(three.url("C01")) as container:
        assert len(list(itertools.islice(pictures(container), 5))) == 5


def test_a_fault_nobody_knows_is_refused_with_those_there_are(three: CameraSim) -> None:
    with pytest.raises(ValueError, match="no such fault: burn; there are: ok, drop"):
        three.fault("C01", "burn")
    assert set(LASTING) < set(FAULTS)


def test_the_whole_street_plays(street_sim: CameraSim) -> None:
    def first_picture(camera: DemoCamera, stream: str) -> tuple[int, int, bool]:
        with pull(street_sim.url(camera.id, stream), camera.transport, read_timeout=6) as container:
            frame = next(pictures(container))
            return frame.width, frame.height, container.streams.video[0].codec_context.has_b_frames

    jobs = [(camera, stream) for camera in CAMERAS for stream in ("main", "sub")]
    with ThreadPoolExecutor(len(jobs)) as pool:
        seen = list(pool.map(first_picture, *zip(*jobs, strict=True)))
    sizes = {"main": (1280, 720, False), "sub": (640, 360, False)}
    assert seen == [sizes[stream] for _, stream in jobs]
