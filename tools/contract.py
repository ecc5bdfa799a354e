"""Makes the page's types of the API: `python -m tools.contract` writes `console/web/src/api/schema.ts`, `--check` says whether it is as the routes are.

The description comes from the routes themselves, no console runs for it; `openapi-typescript` (a package of the page's) writes the types.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from console.access.permissions import every_route
from console.app import ROUTERS
from console.contract.openapi import describe

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "console" / "web"
TYPES = WEB / "src" / "api" / "schema.ts"
HEAD = "/** Made of the console's routes by `python -m tools.contract`; changed there, never here. */\n"


def made() -> str:
    """The types, as the routes are now. Raises CalledProcessError where the page's packages are not installed."""
    whole = describe([route for _, router in ROUTERS for route in every_route(router.routes)])
    # What the page asks for by name: forms and answers. Addresses stand where they are asked.
    description = {"openapi": whole["openapi"], "info": whole["info"], "paths": {}, "components": whole["components"]}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        source.write_text(json.dumps(description), encoding="utf-8")
        command = [
            "node",
            "node_modules/openapi-typescript/bin/cli.js",
            str(source),
            "--output",
            str(target),
            "--alphabetize",
            "--empty-objects-unknown",
            "--default-non-nullable=false",
            "--root-types",
            "--root-types-no-schema-prefix",
        ]
        subprocess.run(command, cwd=WEB, check=True, stdout=subprocess.DEVNULL)
        lines = target.read_text(encoding="utf-8").splitlines(keepends=True)
    return HEAD + "".join(lines[lines.index(" */\n") + 1 :]).lstrip("\n")


def main() -> int:
    types = made()
    if "--check" not in sys.argv[1:]:
        TYPES.write_text(types, encoding="utf-8")
    elif not TYPES.exists() or TYPES.read_text(encoding="utf-8") != types:
        print(
            f"{TYPES.relative_to(ROOT)} is not as the routes are: run `.venv/bin/python -m tools.contract`",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
