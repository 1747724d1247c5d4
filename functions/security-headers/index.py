"""Origin response: the headers that keep a browser careful.

Each is added unless the origin sent it: an application that knows better has the last word. The result is stored in
the cache, so a hit has the headers without an invocation; and an origin's error page has them too, for which
viewer-response would not run.
"""

HEADERS = {
    # HTTPS only, for a year from every visit. Browsers ignore it when it comes over plain HTTP.
    "Strict-Transport-Security": "max-age=31536000",
    # Scripts, styles, images, frames and requests of the site's own, nothing inline; framed only by itself.
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
    ),
    # The Content-Type is meant.
    "X-Content-Type-Options": "nosniff",
    # Other sites learn the origin that a link came from, not the page.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    # `frame-ancestors` for browsers that do not know it.
    "X-Frame-Options": "SAMEORIGIN",
}


def handler(event, context):
    """Return the response with the headers that it lacked."""
    response = event["Records"][0]["cf"]["response"]
    for name, value in HEADERS.items():
        response["headers"].setdefault(name.lower(), [{"key": name, "value": value}])
    return response
