"""Each layout's decoder, on answers whose boxes are known."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from detect.cards import load_card
from detect.detector import open_detector
from detect.layouts.answer import NetworkOutputs
from detect.layouts.nanodet import decode_nanodet
from detect.layouts.yolox import decode_yolox
from lianqin.errors import ModelError
from lianqin.records import Frame

CLASSES = 3


def _nanodet(width: int, height: int, *, put: tuple[int, int, int, int, float], bins: int = 11) -> list[np.ndarray]:
    """Outputs with one box: `put` = (stride, column, row, class, score), reaching 1, 2, 3, 4 strides to its sides."""
    stride, column, row, kind, score = put
    outputs = []
    for s in (8, 16, 32):
        cells = (width // s) * (height // s)
        scores, reach = np.zeros((1, cells, CLASSES), np.float32), np.zeros((1, cells, 4 * bins), np.float32)
        if s == stride:
            cell = row * (width // s) + column
            scores[0, cell, kind] = score
            for side in range(4):
                reach[0, cell, side * bins + side + 1] = 50.0  # all weight on one bin
        outputs += [scores, reach]
    return outputs


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("bins", [8, 11])
def test_nanodet_boxes_reach_from_the_cells_centre(stride: int, bins: int) -> None:
    outputs = _nanodet(416, 256, put=(stride, 4, 5, 2, 0.75), bins=bins)
    (found,) = decode_nanodet(NetworkOutputs(tuple(reversed(outputs)), 416, 256, (8, 16, 32), CLASSES, 0.3))
    x, y = 4.5 * stride, 5.5 * stride
    assert found.boxes == pytest.approx(np.array([[x - stride, y - 2 * stride, x + 3 * stride, y + 4 * stride]]))
    assert found.scores.tolist() == [0.75]
    assert found.kinds.tolist() == [2]


def test_nanodet_scores_below_the_floor_give_nothing() -> None:
    outputs = tuple(_nanodet(416, 256, put=(8, 0, 0, 0, 0.29)))
    (found,) = decode_nanodet(NetworkOutputs(outputs, 416, 256, (8, 16, 32), CLASSES, 0.3))
    assert found.boxes.shape == (0, 4)


def test_an_answer_of_another_layout_is_refused_with_its_shapes() -> None:
    outputs = tuple(_nanodet(416, 256, put=(8, 0, 0, 0, 0.9)))
    with pytest.raises(ModelError, match=r"layout nanodet wants .*\(1, 1664, 3\)"):
        decode_nanodet(NetworkOutputs(outputs, 416, 416, (8, 16, 32), CLASSES, 0.3))
    with pytest.raises(ModelError, match="layout yolox wants one output"):
        decode_yolox(NetworkOutputs(outputs, 416, 256, (8, 16, 32), CLASSES, 0.3))


def _write_yolox(folder: Path) -> None:
    """A network of YOLOX's layout at 64x64 with three classes: the answer is a constant, its head's arithmetic is
    real (sigmoid on objectness and classes, concatenation of strides). The picture's mean is multiplied by 0 into it.
    """
    raw = {}
    for stride in (8, 16, 32):
        side = 64 // stride
        raw[stride] = np.full((1, 5 + CLASSES, side, side), -8.0, np.float32)
        raw[stride][:, :4] = 0
    raw[16][0, :, 2, 1] = [0.25, 0.5, np.log(2.0), np.log(1.5), 4.0, -8.0, 3.0, -8.0]  # row 2, column 1 of stride 16
    raw[16][0, :, 2, 2] = [-0.70, 0.5, np.log(2.0), np.log(1.5), 2.0, -8.0, 3.0, -8.0]  # nearly the same box, weaker
    raw[8][0, :, 0, 7] = [0.5, 0.5, 0.0, 0.0, 4.0, 3.0, -8.0, -8.0]
    nodes, constants, flat = [], [], []
    nodes.append(helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=1))
    nodes.append(helper.make_node("Mul", ["mean", "zero"], ["nothing"]))
    constants.append(numpy_helper.from_array(np.zeros(1, np.float32), "zero"))
    constants.append(numpy_helper.from_array(np.array([4, 1, CLASSES], np.int64), "parts"))
    constants.append(numpy_helper.from_array(np.array([0, 5 + CLASSES, -1], np.int64), "rows"))
    for stride, value in raw.items():
        name = f"s{stride}"
        constants.append(numpy_helper.from_array(value, name))
        nodes.append(helper.make_node("Add", [name, "nothing"], [name + "a"]))
        nodes.append(helper.make_node("Split", [name + "a", "parts"], [name + p for p in ("r", "o", "c")], axis=1))
        nodes.append(helper.make_node("Sigmoid", [name + "o"], [name + "os"]))
        nodes.append(helper.make_node("Sigmoid", [name + "c"], [name + "cs"]))
        nodes.append(helper.make_node("Concat", [name + "r", name + "os", name + "cs"], [name + "j"], axis=1))
        nodes.append(helper.make_node("Reshape", [name + "j", "rows"], [name + "f"]))
        flat.append(name + "f")
    nodes.append(helper.make_node("Concat", flat, ["joined"], axis=2))
    nodes.append(helper.make_node("Transpose", ["joined"], ["output"], perm=[0, 2, 1]))
    graph = helper.make_graph(
        nodes,
        "yolox",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, 64, 64])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 84, 5 + CLASSES])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    (folder / "tiny.onnx").write_bytes(content)
    (folder / "names.txt").write_text("person\nbicycle\ncar\n")
    (folder / "card.toml").write_text(
        f"""
name = "tiny-yolox"
layout = "yolox"
licence = "none needed"
classes = "names.txt"
default = "float32"
source = {{ made = "by this test" }}
input = {{ width = 64, height = 64, fill = 114 }}
[variants.float32]
file = "tiny.onnx"
sha256 = "{hashlib.sha256(content).hexdigest()}"
bytes = {len(content)}
precision = "float32"
"""
    )


def test_a_card_of_layout_yolox_is_run_end_to_end(tmp_path: Path) -> None:
    _write_yolox(tmp_path)
    detector = open_detector(load_card(tmp_path))
    assert detector.name.startswith("tiny-yolox@")
    frame = Frame("C01", 0.0, np.zeros((100, 200, 3), np.uint8))  # lies in the upper 64x32 of the canvas
    for detections in detector.detect([frame, frame]):
        first, second = detections
        assert {d.label for d in detections} == {"bicycle", "person"}
        cycle, person = (first, second) if first.label == "bicycle" else (second, first)
        # Centre (1.25, 2.5) * 16 = (20, 40), size 32 x 24; cut at the frame's lower border 32.
        assert cycle.box == pytest.approx((4 / 64, 28 / 32, 36 / 64, 1.0))
        assert cycle.score == pytest.approx(1 / (1 + np.exp(-4)) / (1 + np.exp(-3)), abs=1e-5)
        # Centre (7.5, 0.5) * 8 = (60, 4), size 8 x 8.
        assert person.box == pytest.approx((56 / 64, 0, 1.0, 8 / 32))
