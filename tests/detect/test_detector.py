"""The shipped detector on real pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import numpy_helper

from bench.kit.accuracy import measure_detector, read_clip, read_truth
from detect.boxes import overlap
from detect.cards import load_card
from detect.detector import Detector, open_detector
from detect.kernel import int8_kernel
from lianqin.records import Detection, Frame

FindClip = Callable[[str], Path]


@pytest.fixture(scope="module")
def street(find_clip: FindClip) -> list[Frame]:
    return list(read_clip(find_clip("vtest.avi"), every=100))


def test_no_frames_give_no_answers(detector: Detector) -> None:
    assert detector.detect([]) == []


@pytest.mark.parametrize("grey", [0, 64, 128, 192, 255])
def test_nothing_on_an_empty_picture_is_of_interest(detector: Detector, grey: int) -> None:
    (detections,) = detector.detect([Frame("C01", 0.0, np.full((360, 640, 3), grey, np.uint8))])
    assert all(detection.score < 0.4 for detection in detections)


def test_the_name_carries_the_weights_hash(detector: Detector) -> None:
    assert detector.name == "nanodet-g@09749d83"


def test_people_on_a_street_are_found_where_they_are(
    detector: Detector, find_clip: FindClip, street: list[Frame]
) -> None:
    truth = read_truth(find_clip("PETS09-S2L1_gt_mot.txt"))
    found = total = 0
    for frame, detections in zip(street, detector.detect(street), strict=True):
        real = np.array([t.box for t in truth[int(frame.captured_at)]])
        boxes = np.array([d.box for d in detections if d.label == "person"]) * [*frame.size, *frame.size]
        found += int((overlap(real, boxes).max(1) >= 0.5).sum())
        total += len(real)
    assert total > 30
    assert found / total > 0.8


def test_frames_of_different_shapes_go_in_one_call_and_come_back_in_order(
    detector: Detector, street: list[Frame]
) -> None:
    mixed = []
    for index, frame in enumerate(street[:4]):
        picture = frame.bgr if index % 2 else cv2.resize(frame.bgr[72:504], (640, 360))
        mixed.append(Frame("C01", float(index), picture))
    together = detector.detect(mixed)
    alone = [detector.detect([frame])[0] for frame in mixed]
    assert [len(d) for d in together] == [len(d) for d in alone]
    for batch, single in zip(together, alone, strict=True):
        assert [d.label for d in batch] == [d.label for d in single]
        assert np.array([d.box for d in batch]) == pytest.approx(np.array([d.box for d in single]), abs=1e-3)
        scores = [d.score for d in batch]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) >= 0.3


def test_no_two_boxes_of_a_label_lie_on_one_another(detector: Detector, street: list[Frame]) -> None:
    for detections in detector.detect(street):
        for label in {d.label for d in detections}:
            boxes = np.array([d.box for d in detections if d.label == label])
            shared = overlap(boxes, boxes) - np.eye(len(boxes))
            assert shared.max() <= detector.card.output.overlap + 0.01


def test_the_cards_accuracy_is_what_is_measured(model_folder: Path, find_clip: FindClip) -> None:
    clip, truth = find_clip("vtest.avi"), read_truth(find_clip("PETS09-S2L1_gt_mot.txt"))
    card = load_card(model_folder)
    quality = measure_detector(open_detector(card, threads=2, score=0.05), clip, truth, every=20)
    measured = card.variants[card.variant].measured
    # Every 20th frame stands for every 5th of the card: 40 pictures, so within a few hundredths.
    assert quality.ap50 == pytest.approx(measured["ap50"], abs=0.04)
    assert quality.recall == pytest.approx(measured["recall"], abs=0.05)
    assert quality.precision == pytest.approx(measured["precision"], abs=0.05)


def _stored(path: Path) -> dict[str, npt.NDArray[np.int8]]:
    model = onnx.load(str(path))
    eight = onnx.TensorProto.INT8
    return {one.name: numpy_helper.to_array(one) for one in model.graph.initializer if one.data_type == eight}


def test_no_product_of_two_int8_numbers_saturates_in_sixteen_bits(model_folder: Path) -> None:
    """Without VNNI two products of an activation (to 255) and a weight are added in 16 bits: 2 x 255 x 64 < 32,768."""
    weights = _stored(load_card(model_folder, "int8").weights)
    assert sum(weight.size for weight in weights.values()) > 1_000_000
    assert {
        name: int(np.abs(w.astype(int)).max()) for name, w in weights.items() if np.abs(w.astype(int)).max() > 64
    } == {}


def test_int8_says_what_float_says_on_a_hundred_pictures(model_folder: Path, find_clip: FindClip) -> None:
    """Of what float sees with .3 or more: what of it is lost, and how far the scores lie apart. Clips of three cameras."""
    exact = open_detector(load_card(model_folder, "float16"), score=0.2)
    quick = open_detector(load_card(model_folder, "int8"), score=0.2)
    pictures, lost, apart = 0, 0, []
    for clip, every in (("vtest.avi", 16), ("bikes.mp4", 8), ("tree.avi", 4)):
        for frame in read_clip(find_clip(clip), every=every):
            pictures += 1
            (real,), (found,) = exact.detect([frame]), quick.detect([frame])
            for one in real:
                if one.score < 0.3:
                    continue
                same = [d.score for d in found if d.label == one.label and _shared(d, one) > 0.5]
                lost += not same and one.score >= 0.5
                apart.append(max(same, default=0.2) - one.score)
    assert pictures >= 90
    assert len(apart) > 500
    assert lost == 0
    assert abs(float(np.mean(apart))) < 0.01
    assert float(np.mean(np.abs(apart))) < 0.04


def _shared(a: Detection, b: Detection) -> float:
    return float(overlap(np.array([a.box]), np.array([b.box]))[0, 0])


@pytest.mark.parametrize(("flags", "said"), [
    ("flags : fpu avx2 avx512_vnni", "AVX-512 VNNI"), ("flags : avx2 avx_vnni", "AVX-VNNI"),
    ("flags : sse avx avx2", "AVX2, no VNNI"), ("flags : sse2", "unknown"), ("", "unknown"),
    ("Features : fp asimd asimddp", "NEON dot product"), ("bugs : avx_vnni", "unknown"),
])  # fmt: skip
def test_the_processors_arithmetic_is_named(flags: str, said: str) -> None:
    assert int8_kernel(flags) == said
