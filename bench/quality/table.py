"""The table: what was found of what can be seen, with exact bounds, beside the plain rule on the same detections."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy import stats

from bench.kit.figures import Figure
from bench.quality import footage, looks, measure, quiet
from bench.quality.cases import GOALS, SITUATIONS
from bench.quality.gated import GatedOutcome
from bench.quality.labels import KINDS
from bench.quality.made import WEATHERS
from bench.quality.measure import QualityRow
from bench.quality.quiet import Beside, Quiet, counted, hours


def bounds(hits: int, cases: int) -> tuple[float, float]:
    """Clopper-Pearson, 95 %."""
    low = float(stats.beta.ppf(0.025, hits, cases - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(0.975, hits + 1, cases - hits)) if hits < cases else 1.0
    return low, high


def at_most(events: int, hours: float) -> float:
    """Events an hour that so many in so many hours don't rule out: the exact Poisson bound, 95 %."""
    return float(stats.chi2.ppf(0.95, 2 * (events + 1))) / 2 / hours


def line(name: str, rows: Sequence[QualityRow], *, goal: float | None = None) -> str:
    hits, plain = sum(r.verdict.raised_after is not None for r in rows), sum(r.verdict.plain for r in rows)
    low, high = bounds(hits, len(rows))
    late = [r.verdict.raised_after for r in rows if r.verdict.raised_after is not None]
    took = _times(late)
    seen, repeats = sum(r.verdict.seen for r in rows), sum(r.verdict.repeats for r in rows)
    aim = "" if goal is None else f"{goal:.2f}"
    cameras = sorted({r.clip.camera for r in rows})
    n = len(rows)
    by_camera = [[r.verdict.raised_after is not None for r in rows if r.clip.camera == camera] for camera in cameras]
    alike = float(np.mean([np.mean(found) for found in by_camera]))
    return (
        f"{name:<30}{n:>6}{len(cameras):>8}   {hits / n:.3f} ({low:.2f}-{high:.2f})  {alike:>6.3f}  {plain / n:>6.3f} {aim:>6}"
        f"  {seen / n:>6.3f}  {took:>11}  {repeats:>7}"
    )


HEAD = (
    f"{'':<30}{'cases':>6}{'cameras':>8}   {'raised (95 %)':<19}  {'alike':>6}  {'plain':>6} {'goal':>6}  {'seen':>6}  "
    f"{'s p50 / p95':>11}  {'repeats':>7}"
)


def lines(rows: Sequence[QualityRow]) -> Iterator[str]:
    """By situation, split and pace; then people by what the footage is like."""
    for split in ("held", "chosen"):
        yield f"\n{split} cameras (alike: the mean over cameras, each weighs the same)"
        yield HEAD
        for situation in SITUATIONS:
            for pace in sorted({r.pace for r in rows}, reverse=True):
                those = [
                    r
                    for r in rows
                    if r.clip.split == split and r.pace == pace and r.verdict.case.situation == situation
                ]
                if those:
                    yield line(f"{situation}, {pace:g} a second", those, goal=GOALS.get(situation))
    yield "\nby tag, held cameras, 5 looks a second"
    yield HEAD
    for situation in SITUATIONS[:4]:
        for tag in sorted({tag for r in rows for tag in r.clip.tags}):
            those = [r for r in rows if r.pace == measure.PACES[0] and r.clip.split == "held" and tag in r.clip.tags
                     and r.verdict.case.situation == situation]  # fmt: skip
            if those:
                yield line(f"{situation}: {tag}", those)


def quiet_lines(found: Sequence[Quiet]) -> Iterator[str]:
    """False alarms, what the hours played allow to state, and what those of the rule would; then each alert by itself."""
    yield "\nwhere nothing of a kind is to be seen, 5 looks a second (an hour a camera at most)"
    yield (f"{'':<30}{'cameras':>8}{'played h':>10}{'alerts':>8}{'at most an hour':>17}{'plain':>7}"
           f"{'one an hour h':>15}{'alerts in 24':>14}{'at most':>9}{'plain in 24':>13}")  # fmt: skip
    for split, kind in itertools.product(("held", "chosen"), KINDS):
        for weather in (None, *WEATHERS):
            those = [q for q in found if q.split == split and q.kind == kind and weather in (None, q.weather)]
            if those:
                lasted, alarms, plain = (
                    hours(those),
                    sum(len(q.alarms) for q in those),
                    sum(len(q.plain) for q in those),
                )
                name = f"{split}: no {kind}" if weather is None else f"  {weather}"
                text = (
                    f"{name:<30}{counted(those):>8}{lasted:>10.2f}{alarms:>8}{at_most(alarms, lasted):>17.1f}{plain:>7}"
                )
                if weather is None:
                    rule = counted(those)
                    text += f"{rule:>15}{24 * alarms / rule:>14.2f}{24 * at_most(alarms, rule):>9.2f}{24 * plain / rule:>13.2f}"
                yield text
    yield "(at most: 95 %, exact Poisson; one an hour: a looped clip counts as one hour, a camera once: places that were tried, no time)"
    for q in found:
        for name, moments in (("alert", q.alarms), ("plain rule", q.plain)):
            if moments:
                yield f"  {name}: {q.clip}, {q.weather}, no {q.kind}, at {', '.join(f'{at:.1f}' for at in moments)} s"


def beside_lines(found: Sequence[Beside]) -> Iterator[str]:
    """Causes of alerts that are nobody's, where everything is labelled."""
    yield "\nwhere everything of a kind is labelled, 5 looks a second: tracks that are a cause of an alert and nobody's"
    yield f"{'':<30}{'clips':>8}{'hours':>8}{'causes':>8}{'strays':>8}  where"
    for split, kind in itertools.product(("held", "chosen"), KINDS):
        those = [one for one in found if one.split == split and one.kind == kind]
        if those:
            where = ", ".join(f"{o.clip} at {', '.join(f'{at:.1f}' for at in o.strays)} s" for o in those if o.strays)
            yield (f"{f'{split}: {kind}':<30}{len(those):>8}{sum(o.seconds for o in those) / 3600:>8.2f}"
                   f"{sum(o.causes for o in those):>8}{sum(len(o.strays) for o in those):>8}  {where}")  # fmt: skip


def gated_lines(found: Sequence[GatedOutcome]) -> Iterator[str]:
    """What was raised by a camera that sleeps, of what is to be seen and of what one that never sleeps raised."""
    yield "\nthrough stream, gate and windows, after a quiet stretch: beside a run that is always awake"
    yield f"{'':<30}{'cases':>6}   {'asleep at first (95 %)':<24}{'always awake':>13}{'both':>6}{'alone':>7}  s p50 / p95 asleep, awake"
    for split, kind in itertools.product(("held", "chosen"), KINDS):
        those = [one for one in found if one.clip.split == split and one.kind == kind]
        if those:
            hits, awake = sum(o.gated is not None for o in those), sum(o.always is not None for o in those)
            both = sum(o.gated is not None and o.always is not None for o in those)
            low, high = bounds(hits, len(those))
            times = ", ".join(
                _times([t for t in late if t is not None])
                for late in ([o.gated for o in those], [o.always for o in those])
            )
            yield (f"{split + ': ' + kind:<30}{len(those):>6}   {hits / len(those):.3f} ({low:.2f}-{high:.2f}){awake / len(those):>20.3f}"
                   f"{both:>6}{hits - both:>7}  {times}")  # fmt: skip


def _times(late: Sequence[float]) -> str:
    return "-" if not late else f"{np.percentile(late, 50):.1f} / {np.percentile(late, 95):.1f}"


def heading(name: str) -> str:
    return f"{name}, ONNX Runtime on {looks.kernel()} ({'VNNI' if 'vnni' in looks.kernel() else 'no VNNI'})"


def figures(variant: str | None = None, say: Callable[[str], None] | None = None) -> list[Figure]:
    """Prints the table and gives its main lines as figures."""
    tell = say or (lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    detector = measure.open_network(variant)
    seen, skipped = measure.see(detector, footage.clips(), tell)
    print(f"\n{heading(detector.name)}")
    print(f"{len(seen)} clips of {len({one.clip.camera for one in seen})} cameras, {sum(o.looks.seconds for o in seen):.0f} s; "
          f"{len(skipped)} clips skipped{': ' if skipped else ''}{', '.join(skipped)}")  # fmt: skip
    rows = list(measure.verdicts(seen))
    if not rows:
        print("no labelled footage is at hand: nothing was measured")
        return [Figure("quality: clips at hand", 0, "of", "recipes", len(skipped), "nothing measured")]
    for text in lines(rows):
        print(text)
    for text in beside_lines(list(quiet.beside(seen))):
        print(text)
    still = list(quiet.measure(quiet.of(seen), detector, tell))
    for text in quiet_lines(still):
        print(text)
    found = list[Figure]()
    for situation in SITUATIONS:
        those = [
            r
            for r in rows
            if r.clip.split == "held" and r.pace == measure.PACES[0] and r.verdict.case.situation == situation
        ]
        if those:
            hits = sum(r.verdict.raised_after is not None for r in those)
            low, high = bounds(hits, len(those))
            plain = sum(r.verdict.plain for r in those) / len(those)
            note = f"{low:.2f}-{high:.2f}; {len(those)} cases of {len({r.clip.camera for r in those})} held cameras; goal {GOALS.get(situation, 'none')}"
            found.append(Figure(f"{situation} raised", hits / len(those), "recall", "plain rule", plain, note))
    for kind in KINDS:
        calm = [q for q in still if q.split == "held" and q.kind == kind]
        if calm:
            lasted = hours(calm)
            alarms, plain_ones = sum(len(q.alarms) for q in calm), sum(len(q.plain) for q in calm)
            note = f"{lasted:.2f} camera-hours of {counted(calm)} held cameras; at most {at_most(alarms, lasted):.1f}"
            found.append(
                Figure(
                    f"false alarms, no {kind}",
                    alarms / lasted,
                    "a camera-hour",
                    "plain rule",
                    plain_ones / lasted,
                    note,
                )
            )
    return found
