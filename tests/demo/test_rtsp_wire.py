"""What travels on the wire: requests, sender reports, sequence numbers; and the simulator as a process of its own."""

from __future__ import annotations

import itertools
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from demo.rtsp.camera import JUMP_S, SimCamera
from demo.rtsp.media import parameter_sets
from demo.rtsp.sim import CameraSim

ROOT = Path(__file__).resolve().parents[2]
StartSim = Callable[[Mapping[str, SimCamera]], CameraSim]


@pytest.fixture
def sim(loops: Any, camera_sim: StartSim) -> CameraSim:
    return camera_sim({
        "C01": SimCamera({"main": loops.h264, "sub": loops.h264_small}),
        "C02": SimCamera({"main": loops.hevc}, user="admin", password="ping@an-1", clock_error_s=-42.0),
    })  # fmt: skip


@pytest.fixture
def wire(tests_wire: Any, sim: CameraSim) -> Any:
    return lambda path, **who: tests_wire(sim.port, path, **who)


def wait_for(look: Callable[[], bool]) -> None:
    """The simulator runs in another thread: what an answer promises may be a moment behind it."""
    until = time.monotonic() + 5
    while not look():
        assert time.monotonic() < until
        time.sleep(0.01)


def reports_and_stamps(packets: Iterator[tuple[int, bytes]], read: Any, count: int) -> tuple[list[Any], list[Any]]:
    """The first `count` sender reports on channel 1, and the RTP headers on channel 0 until then."""
    reports, heads = [], []
    for channel, raw in packets:
        if channel == 1:
            reports.append(read[1](raw))
        else:
            heads.append(read[0](raw))
        if len(reports) == count:
            break
    return reports, heads


@pytest.mark.parametrize(("path", "who", "error_s"), [
    ("/C01", {}, 0.0), ("/C01/sub", {}, 0.0), ("/C02", {"user": "admin", "password": "ping@an-1"}, -42.0),
])  # fmt: skip
def test_sender_reports_tie_the_time_stamps_to_the_cameras_clock(
    wire: Any, rtp_readers: Any, path: str, who: dict[str, str], error_s: float
) -> None:
    client = wire(path, **who)
    client.play()
    began = time.time()
    (first, second), heads = reports_and_stamps(client.packets(), rtp_readers, 2)
    assert {head.source for head in heads} == {first.source}
    assert first.stamp in {head.stamp for head in heads}, "it speaks of a frame that was sent"
    assert abs(first.wall - began - error_s) < 1.0, "the NTP time is the camera's own"
    ticks = (second.stamp - first.stamp) & 0xFFFFFFFF
    assert abs(ticks / 90000 - (second.wall - first.wall)) < 0.15
    assert second.packets - first.packets <= len(heads) + 1
    assert second.octets > first.octets


def test_sender_reports_come_by_udp_on_the_second_port(wire: Any, rtp_readers: Any) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp,
    ):
        for sock in (rtp, rtcp):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(5)
        ports = f"{rtp.getsockname()[1]}-{rtcp.getsockname()[1]}"
        client = wire("/C01")
        set_up = client.play(f"RTP/AVP;unicast;client_port={ports}")
        assert f"client_port={ports}" in set_up.headers["transport"]
        own = re.search(r"server_port=(\d+)-(\d+)", set_up.headers["transport"])
        assert own
        raw, sender = rtp.recvfrom(2048)
        assert rtp_readers[0](raw).payload_type == 96
        assert sender[1] == int(own[1])
        report, sender = rtcp.recvfrom(2048)
        assert rtp_readers[1](report).source == rtp_readers[0](raw).source
        assert sender[1] == int(own[2])


def test_sequence_numbers_follow_one_another_over_the_loops_end(wire: Any, rtp_readers: Any) -> None:
    client = wire("/C01/sub")
    client.play()
    heads = [rtp_readers[0](raw) for channel, raw in itertools.islice(client.packets(), 180) if channel == 0]
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in itertools.pairwise(heads)} == {1}
    for a, b in itertools.pairwise(heads):
        assert ((b.stamp - a.stamp) & 0xFFFFFFFF) == (3600 if a.marker else 0), "the marker ends each frame"


def test_a_clock_jump_moves_time_stamps_and_the_cameras_clock_alike(
    wire: Any, sim: CameraSim, rtp_readers: Any
) -> None:
    client = wire("/C01")
    client.play()
    packets = client.packets()
    [before], _ = reports_and_stamps(packets, rtp_readers, 1)
    sim.fault("C01", "clock_jump")
    [after], _ = reports_and_stamps(packets, rtp_readers, 1)
    assert JUMP_S < after.wall - before.wall < JUMP_S + 10
    assert abs(((after.stamp - before.stamp) & 0xFFFFFFFF) / 90000 - (after.wall - before.wall)) < 0.15


def test_rtp_info_names_the_first_packet_to_come(wire: Any, rtp_readers: Any) -> None:
    client = wire("/C01")
    assert client.ask("PLAY").status == 455, "nothing was set up yet"
    client.ask("SETUP", f"{client.url}/trackID=0", Transport="RTP/AVP/TCP;interleaved=0-1")
    where = re.search(r"seq=(\d+);rtptime=(\d+)", client.ask("PLAY").headers["rtp-info"])
    assert where
    first = next(rtp_readers[0](raw) for channel, raw in client.packets() if channel == 0)
    assert (first.sequence, first.stamp) == (int(where[1]), int(where[2]))


def test_multicast_is_refused(wire: Any) -> None:
    client = wire("/C01")
    assert client.ask("SETUP", f"{client.url}/trackID=0", Transport="RTP/AVP;multicast").status == 461


def test_a_session_is_kept_alive_paused_and_torn_down(wire: Any, sim: CameraSim) -> None:
    client = wire("/C01")
    assert "GET_PARAMETER" in client.ask("OPTIONS").headers["public"]
    session = client.play().headers["session"]
    assert re.fullmatch(r"\w+;timeout=\d+", session)
    pump = sim.cameras["C01"].pumps["main"]
    wait_for(lambda: pump.viewers == 1)
    assert client.ask("GET_PARAMETER").status == 200
    assert client.ask("PAUSE").status == 200
    wait_for(lambda: pump.viewers == 0)
    assert client.ask("PLAY").status == 200
    wait_for(lambda: pump.viewers == 1)
    assert client.ask("TEARDOWN").status == 200
    assert not list(client.packets()), "the camera closes after TEARDOWN"
    wait_for(lambda: pump.viewers == 0)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x00\xff\xfe\r\n\r\n", b"nonsense\r\n\r\n", b"$\x00"])
def test_whoever_speaks_no_rtsp_is_hung_up_on_and_nobody_else_notices(wire: Any, sim: CameraSim, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", sim.port), timeout=10) as odd:
        odd.sendall(said)
        odd.shutdown(socket.SHUT_WR)
        while odd.recv(1000):
            pass
    assert wire("/C01").ask("DESCRIBE").status == 200


def test_the_session_description_carries_the_parameter_sets(wire: Any) -> None:
    answer = wire("/C01").ask("DESCRIBE")
    assert answer.headers["content-type"] == "application/sdp"
    assert "a=rtpmap:96 H264/90000" in answer.body
    assert re.search(
        r"a=fmtp:96 packetization-mode=1;profile-level-id=\w{6};sprop-parameter-sets=[\w+/=]+,[\w+/=]+", answer.body
    )
    answer = wire("/C02", user="admin", password="ping@an-1").ask("DESCRIBE")
    assert "a=rtpmap:96 H265/90000" in answer.body
    assert re.search(r"sprop-vps=[\w+/=]+;sprop-sps=[\w+/=]+;sprop-pps=[\w+/=]+", answer.body)


def test_parameter_sets_are_read_out_of_an_avcc_record() -> None:
    record = bytes([1, 66, 0, 30, 0xFF, 0xE1, 0, 3]) + b"\x67ab" + bytes([1, 0, 2]) + b"\x68c"
    assert parameter_sets("h264", record) == (b"\x67ab", b"\x68c")


def test_two_viewers_share_one_camera_and_one_that_does_not_read_is_no_harm(wire: Any, sim: CameraSim) -> None:
    asleep, awake = wire("/C01"), wire("/C01")
    asleep.play()
    awake.play()
    wait_for(lambda: sim.cameras["C01"].pumps["main"].viewers == 2)
    assert len(list(itertools.islice(awake.packets(), 60))) == 60


def test_the_street_runs_as_a_process_and_takes_faults_on_a_control_socket(clips: Path, tests_wire: Any) -> None:
    with TemporaryDirectory(prefix="lq-") as folder:
        control = Path(folder) / "c.sock"
        process = subprocess.Popen(
            [sys.executable, "-m", "demo.rtsp", "--port", "0", "--control-socket", str(control)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout
            line = process.stdout.readline()
            port = int(line.rsplit(":", 1)[1])
            assert tests_wire(port, "/C01").ask("DESCRIBE").status == 200
            with socket.socket(socket.AF_UNIX) as talk:
                talk.connect(str(control))
                answers = talk.makefile("rw")
                for order, answer in (
                    ("C01 503", "ok"), ("C99 drop", "no such camera: C99"), ("C01 burn", "no such fault: burn"), ("", "no such camera"),
                ):  # fmt: skip
                    answers.write(order + "\n")
                    answers.flush()
                    assert answers.readline().startswith(answer)
                assert tests_wire(port, "/C01").ask("DESCRIBE").status == 503
            taken = subprocess.run(
                [sys.executable, "-m", "demo.rtsp", "--port", str(port)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert taken.returncode == 1
            assert f"can't listen on port {port}" in taken.stderr
            assert "Traceback" not in taken.stderr
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        assert not control.exists()
