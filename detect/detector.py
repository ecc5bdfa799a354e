"""Frames in, detections out: ONNX Runtime on a model card.

`Detector.detect` is one visible list: fit -> pack -> run -> decode (by the card's layout) -> keep (overlap) -> unfit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from detect.cards import ModelCard, read_weights
from detect.layouts import LAYOUTS
from detect.layouts.answer import Answer, Found
from detect.letterbox import Fit, fit, pack, unfit
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


class Detector:
    """One loaded network. `detect` may be called from one thread at a time."""

    def __init__(self, card: ModelCard, session: onnxruntime.InferenceSession, score: float) -> None:
        self.card, self.session, self.score = card, session, score
        self._decode = LAYOUTS[card.layout]
        self._input = session.get_inputs()[0].name

    @property
    def name(self) -> str:
        """What alerts carry as `model`, e.g. `nanodet-g@146feda0`."""
        return self.card.title

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        """One tuple a frame, best score first. Frames of different shapes may be mixed; those alike run as one batch."""
        alike: dict[Fit, list[int]] = {}
        for index, frame in enumerate(frames):
            alike.setdefault(fit(self.card.input, *frame.size), []).append(index)
        answers: list[tuple[Detection, ...]] = [()] * len(frames)
        for place, indices in alike.items():
            batch = pack(self.card.input, [frames[i].bgr for i in indices], place)
            for index, found in zip(indices, self._run(batch, place), strict=True):
                answers[index] = self._keep(found, place)
        return answers

    def _run(self, batch: npt.NDArray[np.float32], place: Fit) -> list[Found]:
        outputs = tuple(self.session.run(None, {self._input: batch}))
        answer = Answer(
            outputs,
            place.canvas_width,
            place.canvas_height,
            self.card.output.strides,
            len(self.card.classes),
            self.score,
        )
        return self._decode(answer)

    def _keep(self, found: Found, place: Fit) -> tuple[Detection, ...]:
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
