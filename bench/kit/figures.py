"""What every benchmark returns: a figure beside its peer or limit from the same run."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One line of the table. `peer_value` is None where there is nothing to stand beside."""

    name: str
    value: float
    unit: str
    peer_name: str = ""
    peer_value: float | None = None
    note: str = ""
