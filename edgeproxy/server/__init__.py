"""The production server: Granian at the front, one WSGI application behind, a bridge that loses nothing in between.

    run             listeners from their start to the last request in flight
    front           one listener: socket, Granian, bridge and threads
    bridge          an ASGI request becomes a call of the application on a thread
    exchange        what the loop and that thread share for one request
    environ         the environ, with `REQUEST_URI` and every header line
    viewer_input    `wsgi.input`
    threads         a few threads, more only while they are blocked

What gets lost on the way is lost in Granian: the case of HTTP/1.x header names, the place of a repeated header line
among others, a lone `?` at the end of a target, the authority of an absolute target, the reason phrase.
"""

from __future__ import annotations

from edgeproxy.server.front import Listener
from edgeproxy.server.run import RunningServer, running, serve

__all__ = ["Listener", "RunningServer", "running", "serve"]
