"""Frames in, detections out: ONNX Runtime on a model card.

`Detector.detect` is one visible list: fit -> pack -> run -> decode (by the card's layout) -> keep (overlap) -> unfit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detect.cards import ModelCard, read_weights
from detect.layouts import LAYOUTS
from detect.layouts.answer import Candidates, NetworkOutputs
from detect.letterbox import Fit, fit, pack, unfit
from detect.runtime import onnxruntime, ort_errors
from detect.windows import Box, cut, side_of
from lianqin.errors import ModelError
from lianqin.records import Detection, Frame

_PROVIDERS: Final = ("CUDAExecutionProvider", "CPUExecutionProvider")
"""In order of preference, as far as the installed ONNX Runtime has them."""
_LOAD_ERRORS: Final = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


def open_detector(card: ModelCard, *, threads: int = 1, score: float | None = None) -> Detector:
    """Verify the card's weights and load them. `score` overrides the card's lowest score.

    Raises ModelError when weights, layout or network don't agree with the card.
    """
    if card.layout not in LAYOUTS:
        known = ", ".join(LAYOUTS)
        raise ModelError("model.bad_card", f"{card.name}: layout `{card.layout}` is not known; known are {known}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # shapes are left open on purpose; ONNX Runtime warns of each
    there = onnxruntime.get_available_providers()
    providers = [provider for provider in _PROVIDERS if provider in there]
    try:
        session = onnxruntime.InferenceSession(read_weights(card), options, providers=providers)
    except _LOAD_ERRORS as error:
        raise ModelError(
            "model.bad_card",
            f"{card.weights} is not a network that ONNX Runtime can load ({error}); export it again, as ONNX",
            file=str(card.weights),
        ) from error
    return Detector(card, session, card.output.score if score is None else score)


class _Part(msgspec.Struct, frozen=True):
    """A picture for the network: all of frame number `index`, or one window of it."""

    index: int
    picture: npt.NDArray[np.uint8]
    place: Fit
    window: Box | None


class Detector:
    """One loaded network. `detect` may be called from one thread at a time."""

    def __init__(self, card: ModelCard, session: onnxruntime.InferenceSession, score: float) -> None:
        self.card, self.session, self.score = card, session, score
        self._decode = LAYOUTS[card.layout]
        self._input = session.get_inputs()[0].name

    @property
    def name(self) -> str:
        """What alerts carry as `model`, e.g. `nanodet-g@09749d83`."""
        return self.card.title

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        """One tuple a frame, best score first. Frames of different shapes may be mixed; those alike run as one batch.

        A frame with windows is looked at there alone, if the network takes pictures of any size.
        """
        parts = [part for index, frame in enumerate(frames) for part in self._parts(index, frame)]
        alike: dict[Fit, list[_Part]] = {}
        for part in parts:
            alike.setdefault(part.place, []).append(part)
        answers: list[list[Detection]] = [[] for _ in frames]
        for place, those in alike.items():
            batch = pack(self.card.input, [part.picture for part in those], place)
            for part, found in zip(those, self._run(batch, place), strict=True):
                answers[part.index] += _onto_frame(self._keep(found, place), part.window)
        return [
            self._merge(found) if frame.windows else tuple(found) for frame, found in zip(frames, answers, strict=True)
        ]

    def _parts(self, index: int, frame: Frame) -> list[_Part]:
        if not frame.windows or not self.card.input.multiple:
            return [_Part(index, frame.bgr, fit(self.card.input, *frame.size), None)]
        width, height = frame.size
        parts = []
        for window in frame.windows:
            side = min(side_of(window), self.card.input.width)
            small = msgspec.structs.replace(self.card.input, width=side, height=side)
            left, top, right, bottom = (round(a * b) for a, b in zip(window, (width, height) * 2, strict=True))
            picture = frame.bgr[top:bottom, left:right]
            parts.append(_Part(index, picture, fit(small, right - left, bottom - top), window))
        return parts

    def _merge(self, found: list[Detection]) -> tuple[Detection, ...]:
        """Windows overlap: of two boxes of one thing the better stays."""
        kept: list[Detection] = []
        for one in sorted(found, key=lambda one: -one.score):
            if not any(
                one.label == other.label and _shared(one.box, other.box) > self.card.output.overlap for other in kept
            ):
                kept.append(one)
        return tuple(kept)

    def _run(self, batch: npt.NDArray[np.float32], place: Fit) -> list[Candidates]:
        outputs = tuple(self.session.run(None, {self._input: batch}))
        answer = NetworkOutputs(
            outputs,
            place.canvas_width,
            place.canvas_height,
            self.card.output.strides,
            len(self.card.classes),
            self.score,
        )
        return self._decode(answer)

    def _keep(self, found: Candidates, place: Fit) -> tuple[Detection, ...]:
        """Non-maximum suppression per label, then fractions of the frame."""
        if not len(found.scores):
            return ()
        sides = np.concatenate([found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]], 1)
        chosen = cv2.dnn.NMSBoxesBatched(
            sides.tolist(), found.scores.tolist(), found.kinds.tolist(), self.score, self.card.output.overlap
        )
        rows = np.asarray(chosen, int).reshape(-1)
        rows = rows[np.argsort(-found.scores[rows], kind="stable")]
        boxes = unfit(found.boxes[rows], place)
        return tuple(
            Detection(self.card.classes[int(kind)], float(score), (float(a), float(b), float(c), float(d)))
            for kind, score, (a, b, c, d) in zip(found.kinds[rows], found.scores[rows], boxes, strict=True)
            if c > a and d > b
        )


def _onto_frame(found: tuple[Detection, ...], window: Box | None) -> list[Detection]:
    """Boxes of a window as fractions of the frame; what the window cuts off is left out."""
    if window is None:
        return list(found)
    left, top, wide, high = window[0], window[1], window[2] - window[0], window[3] - window[1]
    return [
        msgspec.structs.replace(
            one, box=(left + one.box[0] * wide, top + one.box[1] * high, left + one.box[2] * wide, top + one.box[3] * high)
        )
        for one in found if not cut(one.box, window)
    ]  # fmt: skip


def _shared(a: Box, b: Box) -> float:
    """Intersection over union."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0.0, wide) * max(0.0, high)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both + 1e-12)
