"""The origin of the quick start: a small WSGI application. It knows nothing of CloudFront."""

import itertools
import json
from pathlib import Path

from werkzeug import Request, Response

HERE = Path(__file__).parent
ANSWERS = itertools.count(1)

# The page shows the admin pages in a frame, so it needs more than the policy that security-headers would add. Its own
# header wins.
PAGE_POLICY = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'; "
    "frame-src http://127.0.0.1:* http://localhost:*"
)


def page(request):
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": PAGE_POLICY}
    return Response((HERE / "page.html").read_bytes(), headers=headers, mimetype="text/html")


def hello(request):
    """What the origin was asked: not quite what the viewer sent. The edge may keep the answer for 30 s."""
    seen = {
        "method": request.method,
        "path": request.full_path.rstrip("?"),
        "headers": dict(request.headers),
    }
    body = json.dumps(seen, indent=2) + "\n"
    return Response(body, headers={"Cache-Control": "max-age=30"}, mimetype="application/json")


def time(request):
    """Never stored: every request reaches the origin."""
    body = f"answer number {next(ANSWERS)} of the origin\n"
    return Response(body, headers={"Cache-Control": "no-store"}, mimetype="text/plain")


def old(request):
    return Response(status=302, headers={"Location": "/hello"})


def form(request):
    """Sends back what was posted."""
    if request.method != "POST":
        return Response("POST something here.\n", status=405, headers={"Allow": "POST"}, mimetype="text/plain")
    return Response(request.get_data(), mimetype="text/plain")


def boom(request):
    return Response("The application failed.\n", status=500, mimetype="text/plain")


VIEWS = {"/": page, "/hello": hello, "/time": time, "/old": old, "/form": form, "/boom": boom}


def not_found(request):
    return Response("There is no such page.\n", status=404, mimetype="text/plain")


def application(environ, start_response):
    request = Request(environ)
    response = VIEWS.get(request.path, not_found)(request)
    return response(environ, start_response)
