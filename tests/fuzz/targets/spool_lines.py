"""Lines of a spool, damaged in any way (`lianqin.spool_lines`): no line gets lost, and what was written is read."""

from __future__ import annotations

from lianqin.spool_lines import aside, count_aside, line_of, read_lines
from tests.fuzz.target import Target


def run(data: bytes) -> bool:
    found = list(
        read_lines(data.splitlines(keepends=True) if b"\r" not in data else [one + b"\n" for one in data.split(b"\n")])
    )
    if b"\r" not in data:
        assert sum(len(line.raw) for line in found) == len(data)
    at = 0
    for line in found:
        assert line.offset == at
        at += len(line.raw)
        assert count_aside([part + b"\n" for part in aside(line, "damaged").split(b"\n")[:1]]) == 1
    for line in found:
        if line.is_whole and "�" not in line.stream:
            (again,) = read_lines([line_of(line.stream, line.body)])
            assert (again.stream, again.body) == (line.stream, line.body)
    return any(line.is_whole for line in found)


ONE, TWO = line_of("lq:alerts", b'{"type":"alert","id":"al-1"}'), line_of("lq:fixes:0", b'{"type":"fixes","fixes":[]}')
OLD = b'lq:alerts {"type":"alert"}\n'
TARGET = Target(
    run, (ONE + TWO, OLD + ONE, ONE[:-1] + TWO, ONE[:20] + TWO + ONE, ONE.replace(b"alert", b"alarm") + TWO[:-1], OLD[:-1]),
    (b"\n", b"*", b":", b"*00000000:", ONE, TWO, OLD, b"{}", b" ", b'"'), most=2000, steps=(20_000, 3000),
)  # fmt: skip
