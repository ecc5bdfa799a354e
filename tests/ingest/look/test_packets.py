"""Movement told from sizes: against the same place in quiet groups, learned from what turned out to be quiet."""

from __future__ import annotations

import math

import numpy as np

from ingest.look.packet_gate import MUTED, WINDOW, PacketGate

GROUP = 50


def group(dice: np.random.Generator, *, busy: range = range(0), times: float = 1.0, first: float = 3.0) -> list[float]:
    """A key frame and what follows: more right after it, and noise."""
    sizes = [float(dice.normal(1000, 60)) * (first if n < 10 else 1.0) for n in range(GROUP)]
    return [0.0, *(size * (times if n in busy else 1.0) for n, size in enumerate(sizes, 1))]


def play(gate: PacketGate, sizes: list[float]) -> int | None:
    """The frame at which it called."""
    for n, size in enumerate(sizes):
        if gate.step(size, is_key=n == 0):
            return n
    return None


def taught(dice: np.random.Generator, groups: int = 6) -> PacketGate:
    gate = PacketGate()
    for _ in range(groups):
        assert play(gate, group(dice)) is None
        gate.learn(empty=True)
    return gate


def test_quiet_groups_call_nobody() -> None:
    dice = np.random.default_rng(1)
    gate = taught(dice)
    for _ in range(200):
        assert play(gate, group(dice)) is None
        gate.learn(empty=True)


def test_half_a_second_of_movement_is_called_within_half_a_second() -> None:
    dice = np.random.default_rng(2)
    gate = taught(dice)
    for begin in (12, 20, 33):
        called = play(gate, group(dice, busy=range(begin, begin + 14), times=1.8))
        assert called is not None
        assert begin <= called <= begin + 14
        gate.learn(empty=False)


def test_much_at_once_is_called_by_one_window() -> None:
    dice = np.random.default_rng(3)
    gate = taught(dice)
    called = play(gate, group(dice, busy=range(21, 26), times=8.0))
    assert called is not None
    assert called <= 30


def test_what_follows_a_key_frame_is_judged_by_its_own_place() -> None:
    dice = np.random.default_rng(4)
    gate = taught(dice)
    assert play(gate, group(dice, first=3.0)) is None
    assert play(gate, group(dice, first=9.0)) is not None


def test_what_was_rejected_keeps_quiet_for_a_moment_and_what_was_busy_is_not_learned() -> None:
    dice = np.random.default_rng(5)
    gate = taught(dice)
    sizes = group(dice, busy=range(10, 50), times=3.0)
    called = play(gate, sizes)
    assert called is not None
    gate.reject()
    again = next(n for n, size in enumerate(sizes[called + 1 :], called + 1) if gate.step(size, is_key=False))
    assert again - called >= MUTED * WINDOW
    gate.learn(empty=False)
    assert play(gate, sizes) is not None, "it was not learned as quiet"


def test_it_says_nothing_before_it_knows_quiet() -> None:
    gate = PacketGate()
    assert not gate.knows
    assert play(gate, [0.0, *[1e6] * 60]) is None
    for _ in range(4):
        gate.learn(empty=True)
        play(gate, [0.0, *[math.e] * 20 * WINDOW])
    gate.learn(empty=True)
    assert gate.knows
