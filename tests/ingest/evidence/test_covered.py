"""Of a covered lens the last good picture and the seconds around it are kept, from the ring and before they are gone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.evidence.covered import CLEAR_S
from lianqin.evidence import EvidenceStore
from lianqin.records import CameraHealth, SeenBefore, decode, encode
from lianqin.testing import T0
from tests.ingest.evidence.test_desk import Set, stage  # noqa: F401 - its fixture


class Lens:
    def __init__(self, stage: Set) -> None:  # noqa: F811 - the fixture's value
        self.camera, self.ring = stage.origin.camera, stage.origin.ring
        self.seen_before: SeenBefore | None = None


def covered(stage: Set, since: float = T0) -> SeenBefore:  # noqa: F811
    lens = Lens(stage)
    stage.desk.cover(lens, since)
    assert lens.seen_before is None, "nothing is cut on the thread that tells how cameras do"
    stage.desk.follow_up()
    assert lens.seen_before is not None
    return lens.seen_before


def test_the_last_good_picture_and_who_was_before_it_are_kept(stage: Set, tmp_path: Path) -> None:  # noqa: F811
    stage.fill(-15, 8)
    found, store = covered(stage), EvidenceStore(str(tmp_path))
    assert found.picture is not None
    assert found.clip is not None
    assert found.picture_at is not None
    assert found.clip_from is not None
    assert found.clip_seconds is not None
    assert found.picture.endswith(f"{found.alert_id}.jpg")
    assert found.clip.endswith(f"{found.alert_id}.mp4")
    assert T0 - CLEAR_S - 2.1 <= found.picture_at <= T0 - CLEAR_S
    assert found.clip_from <= T0 - 10 < found.clip_from + 2.1
    assert found.clip_from + found.clip_seconds == pytest.approx(T0 + 8, abs=0.1)
    assert (found.clip_error, found.codec) == ("", "h264")
    picture = cv2.imdecode(np.frombuffer(store.read(found.picture), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[:2] == (360, 640)
    health = CameraHealth("C01", "fault", "covered", T0, T0 + 9, before=found)
    assert decode(encode(health)) == health


def test_without_packets_it_says_so_and_the_alert_goes_without(stage: Set) -> None:  # noqa: F811
    found = covered(stage)
    assert (found.picture, found.clip) == (None, None)
    assert "no packets" in found.clip_error
