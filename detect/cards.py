"""Model cards: what a folder under `models/` says about its weights, read and checked before anything is run.

A card is `models/<name>/card.toml`. Every error is a ModelError that says which file and how to mend it:
`model.missing`, `model.truncated`, `model.wrong_hash`, `model.bad_card`.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from lianqin.decoding import from_plain
from lianqin.errors import ModelError

_AGAIN = "fetch the project's files again (git checkout of models/), or run make.py in that folder"
_Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_Side = Annotated[int, Meta(ge=32, le=4096)]


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The picture a network wants: `width` x `height` pixels, BGR or RGB, (value - mean) / std per channel."""

    width: _Side
    height: _Side
    multiple: Annotated[int, Meta(ge=0, le=128)] = 0
    """0: the size is fixed. Else both sides may be any multiple of it, and the larger side of `width` and `height`
    is kept while the other shrinks to the frame's own shape (416x256 for 16:9)."""
    channels: str = "bgr"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    fill: Annotated[int, Meta(ge=0, le=255)] = 0
    """Grey value of the border that letterboxing adds."""


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How detections are read from the network's answer."""

    score: Annotated[float, Meta(gt=0, lt=1)] = 0.3
    """Detections below it are dropped before overlap is looked at."""
    overlap: Annotated[float, Meta(gt=0, lt=1)] = 0.6
    """Of two boxes of one label that overlap more (IoU), the better stays."""
    strides: tuple[int, ...] = (8, 16, 32)


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of weights of the same network, with what was measured on it."""

    file: str
    sha256: _Sha256
    bytes: Annotated[int, Meta(gt=0)]
    precision: str
    measured: dict[str, float] = {}


class ModelCard(msgspec.Struct, frozen=True):
    """A model and the variant of it that is to be run."""

    name: str
    folder: Path
    layout: str
    """Which decoder reads its answer: a name in `detect.layouts.LAYOUTS`."""
    input: Input
    output: Output
    classes: tuple[str, ...]
    variant: str
    weights: Path
    sha256: str
    size: int
    licence: str
    source: str
    variants: dict[str, Variant]

    @property
    def title(self) -> str:
        """What alerts carry as `model`: `nanodet-g@09749d83`."""
        return f"{self.name}@{self.sha256[:8]}"


class _CardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    layout: str
    licence: str
    source: dict[str, str]
    classes: str
    default: str
    input: Input
    variants: dict[str, Variant]
    output: Output = Output()


def load_card(folder: Path, variant: str | None = None) -> ModelCard:
    """Read `folder/card.toml` and check its weights' presence, length and hash.

    `variant` names one of the card's variants; None: the card's default. Raises ModelError (see the module).
    """
    path = folder / "card.toml"
    if not path.is_file():
        known = sorted(p.parent.name for p in folder.parent.glob("*/card.toml"))
        raise ModelError(
            "model.missing",
            f"no model card {path}; models here: {', '.join(known) or 'none'}. Name one of them in the setting `model`, "
            f"or {_AGAIN}",
            file=str(path),
        )
    try:
        raw = from_plain(tomllib.loads(path.read_text(encoding="utf-8")), _CardFile)
        classes = tuple((folder / raw.classes).read_text(encoding="utf-8").split("\n"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _bad_card(path, str(error)) from error
    chosen = variant or raw.default
    if chosen not in raw.variants:
        raise _bad_card(path, f"variant `{chosen}` is not among its variants ({', '.join(raw.variants)})")
    weights = raw.variants[chosen]
    card = ModelCard(
        name=raw.name,
        folder=folder,
        layout=raw.layout,
        input=raw.input,
        output=raw.output,
        classes=tuple(name.strip() for name in classes if name.strip()),
        variant=chosen,
        weights=folder / weights.file,
        sha256=weights.sha256,
        size=weights.bytes,
        licence=raw.licence,
        source=", ".join(f"{key} {value}" for key, value in raw.source.items()),
        variants=raw.variants,
    )
    _check_sense(path, card)
    verify(card)
    return card


def verify(card: ModelCard) -> None:
    """Raise ModelError unless the weights are there, whole and of the card's sha256."""
    read_weights(card)


def read_weights(card: ModelCard) -> bytes:
    """The weights' bytes, verified; what is checked is what is run."""
    try:
        content = card.weights.read_bytes()
    except OSError as error:
        raise ModelError(
            "model.missing", f"can't read weights {card.weights}: {error}; {_AGAIN}", file=str(card.weights)
        ) from error
    if len(content) < card.size:
        raise ModelError(
            "model.truncated",
            f"{card.weights} has {len(content)} of {card.size} bytes, a copy was broken off; {_AGAIN}",
            file=str(card.weights),
            found=len(content),
            expected=card.size,
        )
    found = hashlib.sha256(content).hexdigest()
    if found != card.sha256:
        raise ModelError(
            "model.wrong_hash",
            f"{card.weights} has sha256 {found}, its card says {card.sha256}; {_AGAIN}; for weights of your own, "
            "write their hash into the card",
            file=str(card.weights),
            found=found,
            expected=card.sha256,
        )
    return content


def _check_sense(path: Path, card: ModelCard) -> None:
    size = card.input
    if not card.classes:
        raise _bad_card(path, "its file of classes is empty")
    if size.channels not in ("bgr", "rgb"):
        raise _bad_card(path, f"input.channels is `{size.channels}`, expected bgr or rgb")
    if 0 in size.std:
        raise _bad_card(path, "input.std must not be 0")
    if size.multiple and (size.width % size.multiple or size.height % size.multiple):
        raise _bad_card(path, f"input {size.width}x{size.height} is not a multiple of {size.multiple}")


def _bad_card(path: Path, why: str) -> ModelError:
    return ModelError("model.bad_card", f"model card {path}: {why}; models/nanodet-g/card.toml is an example",
                      file=str(path), why=why)  # fmt: skip
