"""`python -m console`: serve (the database is migrated first), or `migrate`, `import FILE`, `account ...`, `factor NAME`, `backup DIR`,
`restore DIR`, `epoch`, `audit verify`, `seal rotate`, `role NAME`."""

from __future__ import annotations

import sys

from console.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
