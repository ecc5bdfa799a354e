"""Bytes of terminals: what they say, whatever way they are cut, and what is no message."""

from __future__ import annotations

import contextlib
import itertools
import json
import struct
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianqin.errors import RecordError
from lianqin.testing import T0
from patrol.devices.credential import canonical_no
from patrol.intake import jt808
from patrol.intake.jt808 import (
    Position,
    Reader,
    Sos,
    TerminalMessage,
    decode_position,
    decode_sos,
    encode_frame,
    encode_position,
    registering_terminal,
    split_positions,
)

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "domain" / "messages.jsonl"
NUMBER = bytes.fromhex("013800138000")
HERE = Position(
    at=T0, lat=34.000123, lon=119.200456, altitude_m=12, speed_mps=1.5, course=90, positioned=True, sos=False
)


def read(*pieces: bytes) -> tuple[list[TerminalMessage], dict[str, int]]:
    reader = Reader()
    found = [message for piece in pieces for message in reader.feed(piece)]
    return found, {name: count for name, count in reader.odd.items() if count}


@pytest.mark.parametrize(
    ("sent", "kind", "number", "serial", "body"),
    [
        ("7e000200000138001380000001a97e", 0x0002, "13800138000", 1, ""),
        ("7e0102000e013511221122000661757468656e7469636174696f6e3f7e", 0x0102, "13511221122", 6,
         "61757468656e7469636174696f6e"),
    ],
)  # fmt: skip
def test_a_frame_is_read(sent: str, kind: int, number: str, serial: int, body: str) -> None:
    ((message,), odd) = read(bytes.fromhex(sent))
    assert (message.kind, message.terminal_no, message.serials, message.body.hex()) == (kind, number, (serial,), body)
    assert odd == {}


@pytest.mark.parametrize(
    ("sent", "found", "odd"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 0, {"garbage": 18}),
        (b"noise" + encode_frame(2, NUMBER, 1, b""), 1, {"garbage": 5}),
        (encode_frame(2, NUMBER, 1, b"") + b"noise" + encode_frame(2, NUMBER, 2, b""), 2, {"header": 1}),
        (encode_frame(2, NUMBER, 1, b"")[:-2] + b"\x99\x7e", 0, {"checksum": 1}),
        (encode_frame(2, NUMBER, 1, b"")[:-1], 0, {}),
        (encode_frame(2, NUMBER, 1, b"")[:9] + encode_frame(2, NUMBER, 2, b""), 1, {"header": 1}),
        (b"\x7e" + b"x" * 5000 + b"\x7e" + encode_frame(2, NUMBER, 2, b""), 1, {"oversize": 1}),
        (b"\x7e\x7e\x7e" + encode_frame(2, NUMBER, 2, b""), 1, {}),
        (b"\x7e\x00\x02\x7d\x05" + b"0" * 12 + b"\x7e", 0, {"escape": 1}),
        (bytes.fromhex("7e307d02087d01557e"), 0, {"header": 1}),
        (encode_frame(2, NUMBER, 1, b"", parts=3, part=9), 0, {"parts": 1}),
        (encode_frame(2, NUMBER, 1, b"", parts=60_000, part=9), 0, {"parts": 1}),
    ],
)  # fmt: skip
def test_what_is_no_message_is_counted_and_what_follows_is_read(sent: bytes, found: int, odd: dict[str, int]) -> None:
    messages, seen = read(sent)
    assert (len(messages), seen) == (found, odd)


def test_a_wrong_length_is_told() -> None:
    good = bytearray(encode_frame(2, NUMBER, 1, b"ab"))
    good[4] ^= 1
    good[-2] ^= 1
    assert read(bytes(good)) == ([], {"length": 1})


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 2, 1, 3)])
def test_packages_are_put_together_in_any_order(order: tuple[int, ...]) -> None:
    bodies = [b"one", b"two", b"three"]
    sent = [encode_frame(0x0704, NUMBER, 0xFFFE + n & 0xFFFF, bodies[n - 1], parts=3, part=n) for n in order]
    ((message,), odd) = read(*sent)
    assert (message.body, message.serials, odd) == (b"onetwothree", (0xFFFF, 0, 1), {})


def test_packages_that_never_end_are_held_in_small_number() -> None:
    reader = Reader()
    for n in range(1000):
        assert reader.feed(encode_frame(0x0704, NUMBER, n * 3, b"x" * 1000, parts=2, part=1)) == []
    assert len(reader._partial) <= 8
    assert reader.odd["parts"] > 900


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [({"lat": -34.5}, "lat", -34.5), ({"lon": -70.25}, "lon", -70.25), ({"sos": True}, "sos", True),
     ({"positioned": False}, "positioned", False), ({"speed_mps": 10.0}, "speed_mps", 10.0), ({"course": 359.0}, "course", 359.0)],
)  # fmt: skip
def test_a_position_says_what_it_was_given(change: dict[str, Any], field: str, value: object) -> None:
    found = decode_position(
        encode_position(msgspec.structs.replace(HERE, **change), b"\x01\x04\x00\x00\x00\x01\xeb\xff")
    )
    assert getattr(found, field) == pytest.approx(value)
    assert found.at == T0


@pytest.mark.parametrize(
    "body", [b"", b"\x00" * 27, b"\x00" * 22 + bytes.fromhex("261332000000"), b"\x00" * 22 + b"\xff" * 6]
)
def test_a_position_that_is_none_raises(body: bytes) -> None:
    with pytest.raises(RecordError):
        decode_position(body)


ONE = encode_position(HERE)


def batch(count: int, bodies: list[bytes], tail: bytes = b"") -> bytes:
    return struct.pack(">HB", count, 1) + b"".join(len(body).to_bytes(2, "big") + body for body in bodies) + tail


@pytest.mark.parametrize(
    ("sent", "whole", "odd"),
    [
        (batch(2, [ONE] * 2), 2, {}),
        (batch(3, [ONE] * 5), 5, {"batch_more": 2}),
        (batch(0, [ONE] * 5), 5, {"batch_more": 5}),
        (batch(6, [ONE] * 5), 5, {"batch_fewer": 1}),
        (batch(65_535, [ONE]), 1, {"batch_fewer": 65_534}),
        (batch(2, [ONE] * 2)[:-1], 1, {"batch_cut": 1}),
        (batch(5, [ONE] * 2)[:-1], 1, {"batch_cut": 1, "batch_fewer": 3}),
        (batch(1, [ONE] * 2)[:-1], 1, {"batch_cut": 1}),
        (batch(2, [ONE] * 2, b"\x00"), 2, {"batch_stray": 1}),
        (batch(3, [ONE, b"", ONE]), 2, {"batch_empty": 1}),
        (batch(2, [ONE], b"\xff\xff"), 1, {"batch_cut": 1}),
        (batch(0, []), 0, {}),
        (batch(1, []), 0, {"batch_fewer": 1}),
    ],
)  # fmt: skip
def test_of_a_batch_every_whole_item_is_taken_whatever_its_count_says(
    sent: bytes, whole: int, odd: dict[str, int]
) -> None:
    found = split_positions(sent)
    assert (found.items, found.odd) == ((ONE,) * whole, odd)


@pytest.mark.parametrize("sent", [b"", b"\x00\x02"])
def test_a_batch_without_a_count_raises(sent: bytes) -> None:
    with pytest.raises(RecordError):
        split_positions(sent)


@given(st.binary(max_size=300))
def test_of_any_batch_each_byte_has_its_place(noise: bytes) -> None:
    found = split_positions(b"\x00\x01\x00" + noise)
    headers = 2 * (len(found.items) + found.odd.get("batch_cut", 0) + found.odd.get("batch_empty", 0))
    assert sum(map(len, found.items)) + len(found.rest) + headers + found.odd.get("batch_stray", 0) == len(noise)


@pytest.mark.parametrize(
    ("field", "figure", "found"),
    [(0, 65_382, None), (0, 9_001, None), (0, 9_000, 9_000), (0, 0, 0), (1, 65_520, None), (1, 4_321, None), (1, 4_320, 120),
     (2, 400, None), (2, 361, None), (2, 360, 360), (2, 65_535, None)],
)  # fmt: skip
def test_a_figure_that_can_not_be_is_dropped_and_the_position_stays(
    field: int, figure: int, found: float | None
) -> None:
    body = bytearray(ONE)
    struct.pack_into(">H", body, 16 + 2 * field, figure)
    read_ = decode_position(bytes(body))
    said = [read_.altitude_m, read_.speed_mps, read_.course]
    assert said.pop(field) == (None if found is None else pytest.approx(found))
    assert None not in said
    assert (read_.lat, read_.at) == (pytest.approx(HERE.lat), HERE.at)


@pytest.mark.parametrize(
    "items", ["", "01", "0104", "010400", "0104000000", "ff00", "ff02", "fe0100", "e1ffaa", "00", "310109" * 30]
)
def test_additional_items_that_are_unknown_or_cut_are_passed_over(items: str) -> None:
    assert decode_position(ONE + bytes.fromhex(items)) == decode_position(ONE)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", None),
        (b"\x00\x00\x01", None),
        (ONE, None),
        (b"\x00\x00\x00\x02" + ONE[4:], None),
        (b"\x00\x00\x00\x01", Sos()),
        (b"\xff\xff\xff\xff" + ONE[4:27], Sos()),
        (encode_position(msgspec.structs.replace(HERE, sos=True, positioned=False)), Sos(T0)),
        (encode_position(msgspec.structs.replace(HERE, sos=True, lat=0.0, lon=0.0)), Sos(T0)),
        (encode_position(msgspec.structs.replace(HERE, sos=True, lat=95.0)), Sos(T0)),
        (encode_position(msgspec.structs.replace(HERE, sos=True)), Sos(T0, 34.000123, 119.200456, 12, 1.5, 90)),
        (encode_position(msgspec.structs.replace(HERE, sos=True))[:22] + b"\xff" * 6, Sos(None, 34.000123, 119.200456, 12, 1.5, 90)),
    ],
)  # fmt: skip
def test_a_call_for_help_is_read_as_far_as_there_is_one(body: bytes, found: Sos | None) -> None:
    assert decode_sos(body) == found


@pytest.mark.parametrize(
    ("body", "is_2019", "found"),
    [
        (b"", False, ""),
        (bytes(37), False, ""),
        (b"\x00\x2c\x01\x2f70111" + b"BSJ-A6-BD".ljust(20, b"\x00") + b"0000001\x01A12345", False, "70111 BSJ-A6-BD 0000001"),
        (b"\x00\x2c\x01\x2fMAKER".ljust(15, b"\x00") + b"MODEL".ljust(30, b"\x00") + b"ID9".ljust(30, b"\x00") + b"\x01plate", True,
         "MAKER MODEL ID9"),
        (b"\x00\x00\x00\x00\xff\x1b[2J", False, "\\xff\\x1b[2J"),
    ],
)  # fmt: skip
def test_a_terminal_that_registers_is_known_by_maker_model_and_id(body: bytes, is_2019: bool, found: str) -> None:
    assert registering_terminal(TerminalMessage(jt808.REGISTER, "1", (1,), body, is_2019=is_2019)) == found


def test_the_code_stands_behind_its_length_in_the_form_of_2019() -> None:
    old = TerminalMessage(0x0102, "1", (1,), b"code")
    new = TerminalMessage(0x0102, "1", (1,), b"\x04code" + b"8" * 35, is_2019=True)
    assert (jt808.auth_code(old), jt808.auth_code(new)) == ("code", "code")


@given(st.binary(max_size=600), st.lists(st.integers(0, 700), max_size=8))
def test_any_bytes_cut_in_any_pieces_give_the_same_messages(noise: bytes, cuts: list[int]) -> None:
    whole = (
        noise[:99]
        + encode_frame(0x0200, NUMBER, 7, noise[:300])
        + noise
        + encode_frame(2, b"\x01" * 10, 8, b"", is_2019=True)
    )
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in itertools.pairwise(edges)]
    assert read(*pieces) == read(whole)
    assert read(*(whole[n : n + 1] for n in range(len(whole)))) == read(whole)


@given(st.binary(max_size=6000), st.integers(1, 4000))
def test_frames_of_any_length_are_judged_alike_however_cut(body: bytes, cut: int) -> None:
    whole = b"\x7e" + body + b"\x7e"
    assert read(whole[:cut], whole[cut:]) == read(whole)


@given(st.integers(0, 0xFFFF), st.binary(min_size=6, max_size=6), st.integers(0, 0xFFFF), st.binary(max_size=1023))
def test_what_is_written_is_read_again(kind: int, number: bytes, serial: int, body: bytes) -> None:
    for is_2019 in (False, True):
        sent = number + b"\x00" * 4 if is_2019 else number
        ((found,), odd) = read(encode_frame(kind, sent, serial, body, is_2019=is_2019))
        assert (found.kind, found.number, found.serials, found.body, found.is_2019) == (
            kind,
            sent,
            (serial,),
            body,
            is_2019,
        )
        assert odd == {}


@given(st.binary(max_size=80))
def test_no_body_breaks_a_decoder(body: bytes) -> None:
    for decoder in (decode_position, split_positions):
        with contextlib.suppress(RecordError):
            decoder(body)
    assert isinstance(jt808.auth_code(TerminalMessage(0x0102, "1", (1,), body, is_2019=True)), str)


def corpus() -> list[dict[str, Any]]:
    if not CORPUS.exists():
        return []
    return [m for m in map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines()) if "hex" in m]


@pytest.mark.skipif(not CORPUS.exists(), reason="the collection of real messages is not here")
@pytest.mark.parametrize("message", corpus(), ids=lambda m: m["id"])
def test_a_real_frame_is_read_as_it_should(message: dict[str, Any]) -> None:
    messages, odd = read(bytes.fromhex(message["hex"]))
    if message["kind"] == "invalid":
        assert messages == []
        assert odd
        return
    if message["kind"] == "other":
        assert all(one.kind not in {jt808.POSITION, jt808.POSITIONS} for one in messages)
        assert messages or odd
        return
    (one,) = messages
    bodies = split_positions(one.body).items if one.kind == jt808.POSITIONS else [one.body]
    found = [decode_position(body) for body in bodies]
    assert len(found) == len(message["expected"])
    for seen, expected in zip(found, message["expected"], strict=True):
        if one.terminal_no.isdigit():
            assert one.terminal_no == canonical_no(expected["device"])
        assert seen.at == datetime.fromisoformat(expected["time_utc"]).timestamp()
        assert seen.positioned == expected["valid"]
        if not any("vendor extra items" in note for note in message.get("notes", [])):
            assert seen.sos == ("sos" in (expected["alarm"] or ""))
        for name in ("lat", "lon", "speed_mps", "course", "altitude_m"):
            assert getattr(seen, name) == pytest.approx(expected[name], abs=1e-3), name
