"""`python -m tests.bench [NAME ...]`: every figure as a ratio to a named baseline of the same run.

A goal stands beside its figure; nothing passes or fails by the clock of a machine that others may be using.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

NAMES = ("pipeline", "hit", "miss", "stream", "start")


def main(names: list[str]) -> None:
    unknown = set(names) - set(NAMES)
    if unknown:
        raise SystemExit(f"no such benchmark: {', '.join(sorted(unknown))} (there are: {', '.join(NAMES)})")
    # A terminated benchmark must end its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    for name in names or NAMES:
        import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
