"""Prints each request as it finishes: what `edgeproxy serve` shows."""

from __future__ import annotations

import json
import os
import threading
from typing import TextIO

from edgeproxy.observe.export import to_json
from edgeproxy.observe.text import one_line
from edgeproxy.pipeline.trace import Trace


class Console:
    """A reader of traces. Requests end on several threads: each is one write.

    :param stream: where it prints. Colours are used when it is a terminal and `NO_COLOR` is not set.
    :param as_json: a line of JSON for each request, in place of text.
    """

    def __init__(self, stream: TextIO, *, as_json: bool = False) -> None:
        self._stream = stream
        self._as_json = as_json
        self._color = stream.isatty() and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()
        self._gone = False

    def __call__(self, trace: Trace) -> None:
        """Print a trace. When nobody reads any more, nothing is printed from then on."""
        if self._gone:
            return
        text = json.dumps(to_json(trace)) if self._as_json else one_line(trace, color=self._color)
        encoding = self._stream.encoding or "utf-8"
        text = text.encode(encoding, "backslashreplace").decode(encoding)
        with self._lock:
            try:
                self._stream.write(f"{text}\n")
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                # A closed pipe, or a stream that has been closed: a proxy goes on without its console.
                self._gone = True
