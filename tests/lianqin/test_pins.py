"""Pins as people write them, and what holds for a host."""

from __future__ import annotations

import pytest

from lianqin.pins import Pin, pinned, read_pins

A, B = ":".join(["AB"] * 32), ":".join(["0F"] * 32)


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        ("", ()),
        (f"10.0.0.5={A}", (Pin("10.0.0.5", None, A),)),
        (f" Cam.lan.:8322 = {'0f' * 32} ,\n10.0.0.5={A.lower()},", (Pin("cam.lan", 8322, B), Pin("10.0.0.5", None, A))),
        (f"[FE80::0:1]={A},[::1]:322={B}", (Pin("fe80::1", None, A), Pin("::1", 322, B))),
    ],
)
def test_pins_are_read_with_and_without_colons_by_host_and_port(text: str, pins: tuple[Pin, ...]) -> None:
    assert read_pins(text) == pins


@pytest.mark.parametrize(
    "text", [f"={A}", f"admin@10.0.0.5={A}", f"10.0.0.5/x={A}", f"10.0.0.5={A}:AB", f"10.0.0.5={A[:-1]}", f"[::1={A}", f"a b={A}", f"h:={A}"]
)  # fmt: skip
def test_what_is_no_pin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"pin|host"):
        read_pins(text)


def test_the_ports_prints_hold_alone_and_else_the_hosts() -> None:
    pins = read_pins(f"h={A}, h={B}, h:8322={B}, [::1]={A}")
    assert pinned(pins, "H", 322) == {A, B}
    assert pinned(pins, "h", 8322) == {B}
    assert pinned(pins, "0:0::1", 322) == {A}
    assert pinned(pins, "other", 322) == frozenset()
