"""Model cards and weights: what is wrong is named, with the file and how to mend it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from detect.cards import load_card, verify
from detect.detector import open_detector
from lianqin.errors import ModelError

Break = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path, model_folder: Path) -> Path:
    return Path(shutil.copytree(model_folder, tmp_path / "models" / "nanodet-g"))


def _edit(old: str, new: str) -> Break:
    def edit(folder: Path) -> None:
        card = folder / "card.toml"
        text = card.read_text(encoding="utf-8")
        assert old in text
        card.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def _cut(folder: Path) -> None:
    weights = folder / "nanodet-g-int8.onnx"
    weights.write_bytes(weights.read_bytes()[:-1000])


def _flip(folder: Path) -> None:
    weights = folder / "nanodet-g-int8.onnx"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)


@pytest.mark.parametrize("variant", ["int8", "float16"])
def test_the_shipped_card_agrees_with_its_weights_and_names_source_and_licence(
    model_folder: Path, variant: str
) -> None:
    card = load_card(model_folder, variant)
    verify(card)
    assert card.classes[0] == "person"
    assert len(card.classes) == 80
    assert "Apache-2.0" in card.licence
    assert "human-models 3.0.4" in card.source
    assert card.variants[variant].measured["ap50"] > 0.9


def test_the_default_variant_is_the_faster_one(model_folder: Path) -> None:
    card = load_card(model_folder)
    assert card.variant == min(card.variants, key=lambda name: card.variants[name].measured["ms"])


@pytest.mark.parametrize(
    ("damage", "key", "says"),
    [
        (lambda f: (f / "card.toml").unlink(), "model.missing", "no model card"),
        (lambda f: (f / "nanodet-g-int8.onnx").unlink(), "model.missing", "nanodet-g-int8.onnx"),
        (_cut, "model.truncated", "of 4083083 bytes"),
        (_flip, "model.wrong_hash", "its card says 09749d83"),
        (lambda f: (f / "coco.txt").unlink(), "model.bad_card", "coco.txt"),
        (lambda f: (f / "coco.txt").write_text("\n"), "model.bad_card", "classes is empty"),
        (lambda f: (f / "card.toml").write_bytes(b"\xff\xfe"), "model.bad_card", "utf-8"),
        (_edit('name = "nanodet-g"', "name ="), "model.bad_card", "line"),
        (_edit("[input]", "[inptu]"), "model.bad_card", "`inptu`"),
        (_edit('default = "int8"', 'default = "int4"'), "model.bad_card", "int4"),
        (_edit('channels = "bgr"', 'channels = "hsv"'), "model.bad_card", "hsv"),
        (_edit("width = 416", "width = 400"), "model.bad_card", "multiple of 32"),
        (_edit("57.375", "0.0"), "model.bad_card", "input.std"),
        (_edit("09749d83", "09749D83"), "model.bad_card", "sha256"),
        (_edit("score = 0.3", "score = 3"), "model.bad_card", "score"),
        (_edit("fill = 0", "fil = 0"), "model.bad_card", "fil"),
    ],
)
def test_what_is_wrong_with_a_model_is_named(folder: Path, damage: Break, key: str, says: str) -> None:
    damage(folder)
    with pytest.raises(ModelError) as caught:
        load_card(folder)
    assert caught.value.key == key
    assert says in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_missing_model_names_those_that_are_there(folder: Path) -> None:
    with pytest.raises(ModelError, match="models here: nanodet-g"):
        load_card(folder.parent / "yolox-s")


def test_weights_that_change_after_the_card_was_read_are_not_run(folder: Path) -> None:
    card = load_card(folder)
    _flip(folder)
    with pytest.raises(ModelError) as caught:
        open_detector(card)
    assert caught.value.key == "model.wrong_hash"


def test_a_layout_nobody_knows_is_refused_with_the_known_ones(folder: Path) -> None:
    _edit('layout = "nanodet"', 'layout = "yolov99"')(folder)
    with pytest.raises(ModelError, match="known are nanodet, yolox"):
        open_detector(load_card(folder))


def test_a_file_that_is_no_network_is_refused(folder: Path) -> None:
    (folder / "nanodet-g-int8.onnx").write_bytes(b"x" * 4083083)
    shipped = load_card(Path(folder.parent / "nanodet-g"), "float16").variants["int8"].sha256
    _edit(shipped, hashlib.sha256(b"x" * 4083083).hexdigest())(folder)
    with pytest.raises(ModelError, match="not a network"):
        open_detector(load_card(folder))
