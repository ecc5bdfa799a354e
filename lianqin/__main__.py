"""`python -m lianqin settings [--markdown]`: every setting, its value here and its meaning; `seal-key`: a new key for `seal_keys`."""

from __future__ import annotations

import sys

from lianqin import settings
from lianqin.errors import SettingsError
from lianqin.sealing import new_key


def main(arguments: list[str]) -> int:
    if arguments == ["seal-key"]:
        sys.stdout.write(new_key() + "\n")
        return 0
    if arguments[:1] != ["settings"]:
        sys.stderr.write("usage: python -m lianqin settings [--markdown] | seal-key\n")
        return 2
    try:
        known = settings.load()
    except SettingsError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 2
    sys.stdout.write(settings.describe(known, markdown="--markdown" in arguments) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
