"""Viewer request: one name for the site, and one URL for each directory.

    http://example.com/docs/?page=2            ->  301  https://www.example.com/docs/?page=2
    https://WWW.Example.com/docs/              ->  301  https://www.example.com/docs/
    https://www.example.com/docs/index.html    ->  301  /docs/

Only GET and HEAD are redirected: what is posted to an old name still arrives. A host that the table does not name is
left alone, so `localhost` and IP addresses work as they are.
"""

from urllib.parse import quote

CANONICAL_HOSTS = {
    # a name that the distribution answers to: the name that it should have
    "example.com": "www.example.com",
}
INDEX = "index.html"
MAX_AGE = 3600  # seconds that a viewer may remember a redirect

# A canonical name stands for itself, whatever else the table says: no two names can redirect to each other.
HOSTS = {**CANONICAL_HOSTS, **{host: host for host in CANONICAL_HOSTS.values()}}
MAX_LOCATION = 8000  # characters; CloudFront refuses a request for a URL of more than 8,192 bytes


def handler(event, context):
    """Return a redirect to the canonical URL, or the request as it came when its URL is canonical."""
    request = event["Records"][0]["cf"]["request"]
    if request["method"] not in ("GET", "HEAD"):
        return request
    location = canonical_url(request)
    if location is None or len(location) > MAX_LOCATION:
        return request
    return {
        "status": "301",
        "statusDescription": "Moved Permanently",
        "headers": {
            "location": [{"key": "Location", "value": location}],
            "cache-control": [{"key": "Cache-Control", "value": f"max-age={MAX_AGE}"}],
        },
    }


def canonical_url(request):
    """Where the request should have gone, or None when it went there.

    Everything that may not stand in a URL is percent-encoded, CR and LF among it; escapes of the viewer stay.
    """
    lines = request["headers"].get("host")
    name = lines[0]["value"].partition(":")[0] if lines else ""  # without the port
    canonical = HOSTS.get(name.lower().rstrip("."))

    path = quote(request["uri"], safe="/%:@!$&'()*+,;=~", errors="replace")
    directory = path.removesuffix(INDEX)
    # A Location that begins with `//` would name another host.
    is_index = directory.endswith("/") and directory != path and not directory.startswith("//")
    if is_index:
        path = directory
    query = quote(request["querystring"], safe="/?%:@!$&'()*+,;=~", errors="replace")
    target = f"{path}?{query}" if query else path

    if canonical and name != canonical:
        return f"https://{canonical}{target}"
    return target if is_index else None
