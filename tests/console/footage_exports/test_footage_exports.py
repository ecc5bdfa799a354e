"""A picture or clip that leaves the house: who may take it how, nobody recognised, watermark, digests, register, and what is refused."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import json
import threading
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from console.footage_exports import exports
from console.footage_exports.maker import MOST, ExportMaker, HungUp, Job
from console.footage_exports.mark import ink_of
from console.footage_exports.routes import _flow
from console.footage_exports.verify import run
from lianqin.errors import UnavailableError
from lianqin.records import Evidence
from lianqin.testing import T0, an_alert
from tests.console.conftest import a_picture
from tests.lock_watch import watched

WIDTH, HEIGHT, FPS, FRAMES = 640, 360, 10, 20
CLIP = "2026-09-21/al-0001.mp4"
CASE = "A-20260001"
MASK = (slice(40, 140), slice(400, 560))
"""Burned in by the worker long before; rows and columns."""


def a_clip(codec: str = "libx264", frames: int = FRAMES) -> bytes:
    """Noise as fine as a face's, and a grey mask."""
    target = io.BytesIO()
    noise = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH), dtype=np.uint8)
    with av.open(target, "w", format="mp4") as out:
        stream: Any = out.add_stream(codec, rate=FPS, options={"preset": "ultrafast", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = WIDTH, HEIGHT, "yuv420p", Fraction(1, FPS)
        for n in range(frames):
            picture = np.roll(noise, n, axis=1).copy()
            picture[MASK] = 40
            frame = av.VideoFrame.from_ndarray(np.dstack([picture] * 3), format="rgb24")
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return target.getvalue()


@pytest.fixture(scope="module")
def clip() -> bytes:
    return a_clip()


@pytest.fixture
def kept(room: Any, alert: Any, clip: bytes) -> Any:
    """The alert with its clip, as a worker delivers it."""
    sha256 = room.console.evidence.write(CLIP, clip)
    room.take(
        Evidence(
            alert.id, alert.camera_id, T0, (), CLIP, clip_sha256=sha256, clip_from=T0, clip_seconds=2.0, codec="h264"
        )
    )
    return room


def ask(room: Any, role: str, what: str = "picture", **more: Any) -> Any:
    body = {"alert_id": "al-0001", "what": what, "purpose": "case", "case_ref": CASE} | more
    return room.role(role).post("/api/footage-exports", body)


def lines_of(answer: Any) -> tuple[list[dict[str, Any]], bytes]:
    """What the answer says, and the file behind its last line."""
    rest, told = answer.content, list[dict[str, Any]]()
    while rest and (not told or told[-1]["state"] not in {"ready", "refused"}):
        line, _, rest = rest.partition(b"\n")
        told.append(json.loads(line))
    return told, rest


def taken(answer: Any) -> tuple[dict[str, Any], zipfile.ZipFile]:
    assert answer.status_code == 200, answer.text
    told, data = lines_of(answer)
    assert told[-1]["state"] == "ready", told
    assert len(data) == told[-1]["bytes"]
    assert hashlib.sha256(data).hexdigest() == told[-1]["sha256"]
    return told[-1], zipfile.ZipFile(io.BytesIO(data))


def copy_of(answer: Any) -> bytes:
    ready, file = taken(answer)
    return next(file.read(name) for name in file.namelist() if name.startswith(ready["number"]))


def frames_of(mp4: bytes) -> list[Any]:
    with av.open(io.BytesIO(mp4)) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


def detail(grey: Any) -> float:
    """How much of what is finer than a blurred picture's pixels is in it: the deviation from its own blur, by the median, so that the thin
    signs of a watermark count for nothing and what lies all over the picture counts whole."""
    height, width = grey.shape
    part = grey[height // 3 : height // 2, width // 20 : width // 2].astype(np.float32)
    return 1.4826 * float(np.median(np.abs(part - cv2.GaussianBlur(part, (0, 0), width / 200))))


ROLES_MAY = [
    ("operator", True, False), ("leader", True, False), ("officer", True, True), ("company", False, False), ("guard", False, False),
    ("grid", False, False), ("party", False, False), ("auditor", False, False), ("sysadmin", False, False), ("secadmin", False, False),
    ("wall", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("role", "may", "may_clear"), ROLES_MAY)
def test_who_may_take_it_and_who_may_take_it_clear(
    kept: Any, role: str, may: bool, may_clear: bool
) -> None:  # fmt: skip
    assert ask(kept, role).status_code == (200 if may else 403)
    answer = ask(kept, role, clear=True)
    assert answer.status_code == (200 if may_clear else 403)
    if may and not may_clear:
        assert answer.json()["key"] == "export.clear"
    assert [row.detail["clear"] for row in kept.audit("footage.export")] == [False] * may + [True] * may_clear


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"purpose": "case", "case_ref": ""}, "case.other"),
        ({"purpose": "case", "case_ref": "nothing"}, "case.other"),
        ({"purpose": "incident", "case_ref": "in-404"}, "case.incident"),
        ({"purpose": "spot_check"}, "form.invalid"),
        ({"purpose": ""}, "form.invalid"),
        ({"what": "sound"}, "form.invalid"),
    ],
)
def test_without_a_purpose_and_a_case_nothing_leaves(kept: Any, more: dict[str, Any], key: str) -> None:
    for role in ("operator", "officer"):
        answer = ask(kept, role, **more)
        assert (answer.status_code, answer.json()["key"]) == (422, key)
    assert kept.audit("footage.export") == []


@pytest.mark.parametrize("what", ["picture", "clip"])
def test_nobody_is_recognised_in_a_blurred_export_and_a_clear_one_is_as_fine_as_the_original(
    kept: Any, what: str
) -> None:
    def grey(data: bytes) -> Any:
        if what == "clip":
            return frames_of(data)[FRAMES // 2]
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)

    original = detail(grey(kept.console.evidence.read(CLIP if what == "clip" else "2026-09-21/al-0001.jpg")))
    blurred = detail(grey(copy_of(ask(kept, "officer", what))))
    clear = detail(grey(copy_of(ask(kept, "officer", what, clear=True))))
    assert original > 30
    assert clear > 0.8 * original
    assert blurred < 0.1 * original


def test_the_clip_shows_all_pictures_at_their_times_and_masks_stay_burned_in(kept: Any, clip: bytes) -> None:
    def times(data: bytes) -> list[float]:
        with av.open(io.BytesIO(data)) as file:
            assert file.metadata.get("comment") is None
            return [float(frame.time) for frame in file.decode(video=0)]

    copy = copy_of(ask(kept, "officer", "clip", clear=True))
    assert times(copy) == pytest.approx(times(clip), abs=0.002)
    for frame in frames_of(copy):
        masked = frame[60:70, 420:540]  # between the rows of the faint watermark
        assert abs(float(np.median(masked)) - 40) < 8
        assert float(masked.std()) < 20


@pytest.mark.parametrize("ground", [0, 128, 255], ids=["dark", "grey", "light"])
@pytest.mark.parametrize(
    "lines", [("联勤 值班员 甲 · 城东派出所",), ("EX-20261130-7F3C09A1 operator",)], ids=["zh", "en"]
)
def test_the_watermark_is_legible_on_any_ground(ground: int, lines: tuple[str, ...]) -> None:
    shown = ink_of(WIDTH, HEIGHT, lines).on(np.full((HEIGHT, WIDTH), ground, np.uint8))
    bottom = shown[-40:]
    assert int((bottom > 200).sum()) > 200, "white signs"
    assert int((bottom < 15).sum()) > 200, "with a dark rim"
    if ground == 128:  # it says what it was told: other words look otherwise, signs are no question marks
        other = ink_of(WIDTH, HEIGHT, ("？" * len(lines[0]),)).on(np.full((HEIGHT, WIDTH), ground, np.uint8))
        assert int((bottom != other[-40:]).sum()) > 500


def test_the_watermark_stands_in_each_picture_and_all_over_it(kept: Any) -> None:
    frames = frames_of(copy_of(ask(kept, "operator", "clip")))
    assert len(frames) == FRAMES
    for frame in frames:
        assert int((frame[-70:] > 215).sum()) > 500
    sharp = [detail(frame[top : top + 120]) for frame in frames[:3] for top in (0, 80, 160)]
    assert min(sharp) > 0.2, "what is cut out has it too"


def test_a_long_name_and_signs_that_no_font_has_break_nothing(kept: Any) -> None:
    ink = ink_of(160, 96, ("甲" * 80, "\x00\n\u202e" + "x" * 300, "😀"))
    assert ink.value.shape == (96, 160)
    assert 0 <= float(ink.cover.min()) <= float(ink.cover.max()) <= 1


def test_the_register_has_number_purpose_case_and_the_digests_of_file_and_original(kept: Any, clip: bytes) -> None:
    ready, file = taken(ask(kept, "officer", "clip", clear=True))
    row = kept.audit("footage.export")[0]
    assert (row.actor_id, row.object_kind, row.object_id, row.purpose, row.case_ref) == (
        "a-officer", "alert", "al-0001", "case", CASE,
    )  # fmt: skip
    copy = file.read(f"{ready['number']}.mp4")
    assert row.detail == {
        "number": ready["number"], "exported": "clip", "clear": True, "file": f"{ready['number']}.zip", "sha256": ready["sha256"],
        "copy_sha256": hashlib.sha256(copy).hexdigest(), "original_sha256": hashlib.sha256(clip).hexdigest(),
    }  # fmt: skip
    manifest = json.loads(file.read("manifest.json"))
    assert manifest["file"]["sha256"] == row.detail["copy_sha256"]
    assert (manifest["original"], manifest["people"]) == (
        {"sha256": row.detail["original_sha256"], "as_recorded": True},
        "clear",
    )
    assert (manifest["purpose"], manifest["case_ref"], manifest["by"]["name"]) == ("case", CASE, "officer 甲")
    page = file.read("README.txt").decode("utf-8-sig")
    for said in (
        ready["number"],
        "officer 甲",
        "案件",
        "Purpose: Case",
        CASE,
        row.detail["copy_sha256"],
        "不得转发",
        "do not pass on",
    ):
        assert said in page, said


def test_the_register_tells_of_it_in_words(kept: Any) -> None:
    taken(ask(kept, "leader"))
    auditor = kept.role("auditor")
    found = auditor.get("/api/audit?looks=true&kind=alert&id=al-0001").json()["items"]
    assert [row["action"] for row in found] == ["footage.export"]
    for lang, words in (
        ("zh-CN", ("导出影像", "导出内容: 画面", "导出编号: EX-")),
        ("en", ("Footage exported", "exported: picture")),
    ):
        text = auditor.get(f"/api/audit.csv?lang={lang}").content.decode("utf-8-sig")
        for word in words:
            assert word in text


@pytest.mark.parametrize("what", ["picture", "clip"])
def test_a_spoilt_original_is_refused_in_words_and_nothing_leaves(kept: Any, what: str) -> None:
    path, good = (CLIP, kept.console.evidence.read(CLIP)) if what == "clip" else ("2026-09-21/al-0002.jpg", a_picture())
    if what == "picture":
        kept.take(an_alert(id="al-0002", snapshot=path, snapshot_sha256=kept.console.evidence.write(path, good)))
    kept.console.evidence.write(path, good[:-1] + bytes([good[-1] ^ 1]))
    answer = ask(kept, "officer", what, alert_id="al-0001" if what == "clip" else "al-0002")
    assert (answer.status_code, answer.json()["key"]) == (500, "evidence.altered")
    assert path in answer.json()["detail"]
    assert kept.audit("footage.export") == []
    assert len(kept.audit("evidence.altered")) == 1


def test_an_original_that_is_spoilt_while_it_waits_is_refused_too(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = exports.check_export

    def spoil(*arguments: Any) -> Any:
        wanted = checked(*arguments)
        kept.console.evidence.write(CLIP, a_clip(frames=3))
        return wanted

    monkeypatch.setattr("console.footage_exports.routes.check_export", spoil)
    told, rest = lines_of(ask(kept, "officer", "clip"))
    assert (told[-1]["state"], told[-1]["key"], rest) == ("refused", "evidence.altered", b"")
    assert kept.audit("footage.export") == []


def test_what_is_no_clip_is_refused_in_words(kept: Any) -> None:
    sha256 = kept.console.evidence.write("2026-09-21/al-0003.mp4", b"no clip")
    kept.take(
        an_alert(id="al-0003"),
        Evidence(
            "al-0003", "C01", T0, (), "2026-09-21/al-0003.mp4", clip_sha256=sha256, clip_from=T0, clip_seconds=2.0
        ),
    )
    told, _ = lines_of(ask(kept, "officer", "clip", alert_id="al-0003"))
    assert (told[-1]["state"], told[-1]["key"]) == ("refused", "clip.transcode")


@pytest.mark.parametrize(
    ("alert_id", "what", "key"), [("al-404", "picture", "alert.missing"), ("al-0001", "clip", "clip.pending")]
)
def test_what_is_not_there_is_not_found(room: Any, alert: Any, alert_id: str, what: str, key: str) -> None:
    answer = ask(room, "officer", what, alert_id=alert_id)
    assert (answer.status_code, answer.json()["key"]) == (404, key)


def test_a_clip_that_is_too_long_is_refused_before_and_while_it_is_read(
    kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "LONGEST_S", 1.0)
    answer = ask(kept, "officer", "clip")
    assert (answer.status_code, answer.json()["key"]) == (422, "export.long")
    monkeypatch.undo()
    monkeypatch.setattr("console.footage_exports.copies.LONGEST_S", 1.0)  # the record says less than the file holds
    assert lines_of(ask(kept, "officer", "clip"))[0][-1]["key"] == "export.long"


def test_an_account_takes_so_many_an_hour(kept: Any) -> None:
    object.__setattr__(kept.console, "settings", kept.settings.model_copy(update={"exports_an_hour": 2}))
    assert [ask(kept, "operator").status_code for _ in range(2)] == [200, 200]
    answer = ask(kept, "operator")
    assert (answer.status_code, answer.json()["key"], answer.headers["retry-after"]) == (429, "export.too_many", "600")
    assert ask(kept, "leader").status_code == 200
    kept.clock.advance(3601)
    kept.forget_visitors()
    assert ask(kept, "operator").status_code == 200


def test_nothing_slow_is_done_under_the_write_lock(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(monkeypatch) as lock:
        taken(ask(kept, "officer", "clip"))
    assert lock.transactions > 0
    assert lock.found == []


def test_one_is_made_at_a_time_and_few_wait() -> None:
    maker, stop, go = ExportMaker(), threading.Event(), threading.Event()
    under_way, most, ended = 0, 0, list[Any]()
    done = threading.Semaphore(0)

    def work(job: Job[int]) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        assert go.wait(20)
        under_way -= 1
        return 1

    def end(found: Any) -> None:
        ended.append(found)
        done.release()

    for _ in range(MOST):
        maker.begin(stop, work, lambda _: None, end)
    with pytest.raises(UnavailableError, match=r"export\.busy"):
        maker.begin(stop, work, lambda _: None, end)
    go.set()
    for _ in range(MOST):
        assert done.acquire(timeout=20)
    assert (most, ended) == (1, [1] * MOST)


def test_who_hangs_up_cancels_it_and_nothing_is_registered(kept: Any) -> None:
    """The flow is closed after its first progress, as the server does for a client that is gone."""
    began, left, heard = threading.Event(), threading.Event(), list[Any]()

    def begin(share: Any, done: Any) -> Any:
        def work(job: Job[Any]) -> Any:
            try:
                began.set()
                for n in range(10_000):
                    job.step(n / 10_000)
                    left.wait(0.002)
            except HungUp:
                heard.append("hung up")
                raise
            finally:
                left.set()

        return kept.console.exporter.begin(kept.console.stop, work, share, done).hang_up

    async def visit() -> None:
        flow = _flow(begin, "en")
        states = [json.loads(await anext(flow))["state"] for _ in range(3)]
        assert states == ["waiting", "making", "making"]
        await flow.aclose()

    asyncio.run(visit())
    assert left.wait(20)
    assert (began.is_set(), heard) == (True, ["hung up"])
    assert kept.audit("footage.export") == []


def test_a_process_that_ends_waits_for_no_export() -> None:
    stop = threading.Event()
    job = Job[None](stop, lambda _: None)
    job.step(0.1)
    stop.set()
    with pytest.raises(HungUp):
        job.step(0.2)


CHANGES: list[tuple[str, int, str]] = [
    ("zip", 0, "UNCHANGED"), ("copy", 0, "UNCHANGED"), ("one bit", 1, "CHANGED: it names EX-"), ("copy, one bit, another name", 1, "NOT FOUND"),
    ("packed anew with another clip", 1, "CHANGED: it names EX-"), ("something else", 1, "NOT FOUND"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "status", "said"), CHANGES, ids=[one[0] for one in CHANGES])
def test_a_file_is_said_to_be_one_that_was_exported_and_unchanged_or_not(
    kept: Any, tmp_path: Path, how: str, status: int, said: str
) -> None:
    ready, file = taken(ask(kept, "officer", "clip"))
    data, copy = lines_of(ask(kept, "officer", "clip"))[1], file.read(f"{ready['number']}.mp4")
    if how == "packed anew with another clip":
        anew = io.BytesIO()
        with zipfile.ZipFile(anew, "w") as out:
            out.writestr("manifest.json", file.read("manifest.json"))
            out.writestr(f"{ready['number']}.mp4", copy[:-1])
        data = anew.getvalue()
    content = {
        "zip": data, "copy": copy, "one bit": data[:-1] + bytes([data[-1] ^ 1]), "copy, one bit, another name": copy[:-1] + b"?",
        "packed anew with another clip": data, "something else": b"?",
    }[how]  # fmt: skip
    path = tmp_path / "found"
    path.write_bytes(content)
    told = list[str]()
    assert run(argparse.Namespace(file=path), kept.store, told.append) == status
    assert told[-1].startswith(said)
    assert status or any("officer 甲" in line for line in told)


def test_a_fault_that_nobody_foresaw_is_told_and_the_next_export_goes_on(
    kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> bytes:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(exports, "picture_copy", fail)
        assert lines_of(ask(kept, "officer"))[0][-1]["key"] == "export.failed"
    taken(ask(kept, "officer"))
