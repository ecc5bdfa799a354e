"""`python -m bench.quality.run [--only CLIP ...] [--variant float16] [--pace 5] [--verbose] [--quiet TIMES [--no-cases]]`: the table, or each missed
case."""

from __future__ import annotations

import argparse
import sys

from bench.quality import footage, gated, measure, quiet, table
from bench.quality.footage import Clip
from bench.quality.judge import CaseVerdict
from detect.detector import Detector


def why(verdict: CaseVerdict) -> str:
    """The step at which a missed case was lost."""
    if verdict.case.who is None:
        return f"at most {verdict.best:.0f} tracks at once"
    if verdict.best < 0.1:
        return "never a box"
    if verdict.best < 0.5:
        return "boxes below .5 alone"
    return "no track that counts was his" if not verdict.seen else "a track, but no alert in time"


def tell(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def calm(wanted: tuple[Clip, ...], detector: Detector, times: float) -> int:
    """False alarms of empty footage alone; no clip is looked at as a whole."""
    still, skipped = quiet.at_hand(wanted)
    print(table.heading(detector.name))
    print(f"{len(still)} clips empty of people or of vehicles, skipped: {', '.join(skipped) or 'none'}; "
          f"{sum(quiet.SECONDS.values()) * times:g} s played of each")  # fmt: skip
    for text in table.quiet_lines(list(quiet.measure(still, detector, tell, times))):
        print(text)
    return 0 if still else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quality.run", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="CLIP")
    parser.add_argument("--variant")
    parser.add_argument("--pace", type=float, nargs="*", default=list(measure.PACES))
    parser.add_argument("--verbose", action="store_true", help="each missed case")
    parser.add_argument("--gated", action="store_true", help="through an encoded stream, the gate and windows instead")
    parser.add_argument(
        "--quiet",
        type=float,
        nargs="?",
        const=1.0,
        metavar="TIMES",
        help="false alarms of empty footage, so many times as long",
    )
    parser.add_argument("--no-cases", action="store_true", help="nothing but --quiet")
    options = parser.parse_args(arguments)
    wanted = tuple(clip for clip in footage.clips() if not options.only or clip.id in options.only)
    detector = measure.open_network(options.variant)
    if options.no_cases:
        return calm(wanted, detector, options.quiet or 1.0)
    seen, skipped = measure.see(detector, wanted, tell)
    print(table.heading(detector.name))
    print(f"{len(seen)} clips, skipped: {', '.join(skipped) or 'none'}")
    if options.gated:
        outcomes = list(gated.measure(seen, detector, tell))
        for text in table.gated_lines(outcomes):
            print(text)
        if options.verbose:
            for one in outcomes:
                if one.gated is None and one.always is not None:
                    print(f"  missed by sleep: {one.clip.id}, {one.kind}, awake after {one.always:.1f} s")
        return 0 if outcomes else 1
    rows = list(measure.verdicts(seen, tuple(options.pace)))
    if not rows:
        return 1
    for text in table.lines(rows):
        print(text)
    for text in table.beside_lines(list(quiet.beside(seen))):
        print(text)
    if options.quiet:
        for text in table.quiet_lines(list(quiet.measure(quiet.of(seen), detector, tell, options.quiet))):
            print(text)
    if options.verbose:
        print("\nmissed: clip, looks a second, situation, from-to, best score, plain rule, why")
        for row in rows:
            v = row.verdict
            if v.raised_after is None:
                box = "" if v.case.who is None else " ".join(f"{x:.2f}" for x in v.case.who.keys[0][1:])
                print(f"  {row.clip.id:<16}{row.pace:>4g}  {v.case.situation:<20}{v.case.begin:6.1f}-{v.case.end:<6.1f}"
                      f"{v.best:.2f}  {'found' if v.plain else '-':<6} {why(v)}; at first at {box}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
