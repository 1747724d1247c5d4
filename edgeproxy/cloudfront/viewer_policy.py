"""What is refused or redirected before any function runs (CF section 2, steps 2 to 9, and section 4)."""

from __future__ import annotations

import re

from edgeproxy.cloudfront.distribution import Behavior, Distribution
from edgeproxy.cloudfront.failures import Failure, FailureKind, under
from edgeproxy.cloudfront.limits import URL_LENGTH, VIEWER_REQUEST_HEADERS
from edgeproxy.cloudfront.local_host import is_local
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.messages.body import Whole
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response, standard_reason

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What no field value may hold (RFC 9110, 5.5): every control character but the tab."""
_NOT_IN_TARGET = re.compile(r"[\x00-\x20\x7f]")
_TOKENS = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]*")
"""RFC 9110, 5.6.2."""

# RFC 3986, 3.2.2 and 3.2.3.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::[0-9]{0,5})?")

_REDIRECT_STATUS = {
    "GET": 301,  # CF-59, as HEAD
    "HEAD": 301,
    "DELETE": 307,  # CF-60, as the rest
    "OPTIONS": 307,
    "PATCH": 307,
    "POST": 307,
    "PUT": 307,
}
_REDIRECT_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>CloudFront</center>\r\n</body>\r\n</html>\r\n"
)


def check_request(request: Request, distribution: Distribution, profile: Profile) -> Failure | None:
    """What is wrong with a request whatever the behaviour: its size, its form, its Host.

    A distribution answers to its domain name and its aliases. Two things differ from the service, as this edge is
    addressed where it runs: `localhost` and IP addresses are answered too, and without aliases every host is.
    """
    lines = request.headers.lines
    by_name = request.headers.by_name
    host_lines = by_name.get("host", ())
    host = host_lines[0][1] if host_lines else ""
    target_size = len(request.path) + len(request.query) + (1 if request.query else 0)
    url_size = len(request.viewer.scheme) + 3 + len(host) + target_size
    if url_size > URL_LENGTH:
        return Failure(
            kind=under(profile, FailureKind.URL_TOO_LONG),
            detail=f"the URL has {url_size} bytes, {URL_LENGTH} are allowed",
            rule="CF-52",
        )
    names = "".join([line[0] for line in lines])
    values = "".join([line[1] for line in lines])
    # A request line is method, target and `HTTP/1.1` with two spaces and CRLF; a header line adds `: ` and CRLF.
    size = len(request.method) + target_size + 12 + len(names) + len(values) + 4 * len(lines)
    if size > (allowed := VIEWER_REQUEST_HEADERS.of(profile)):
        return Failure(
            kind=under(profile, FailureKind.HEADERS_TOO_LARGE),
            detail=f"request line and headers have {size} bytes, {allowed} are allowed",
            rule="CF-53",
        )
    problem = _form_problem(request, names, values) or _framing_problem(by_name)
    if problem is None and len(host_lines) != 1:
        problem = f"a request has one Host header, this one has {len(host_lines)} (RFC 9112, 3.2)"
    if problem is not None:
        return Failure(kind=FailureKind.BAD_REQUEST, detail=problem, rule="CF-57")
    return None if host in distribution.aliases else _host_failure(host, distribution)


def _host_failure(host: str, distribution: Distribution) -> Failure | None:
    """What is wrong with a host that is not spelled as one of the aliases."""
    written = _HOST.fullmatch(host)
    if written is None:
        detail = f"Host is malformed: {host!r} (RFC 9112, 3.2)"
        return Failure(kind=FailureKind.BAD_REQUEST, detail=detail, rule="CF-57")
    if not distribution.aliases or _answers_to(distribution, written[1]):
        return None
    return Failure(
        kind=FailureKind.UNKNOWN_HOST,
        detail=f"{host!r} is neither the domain name of distribution {distribution.id} nor one of its aliases",
        rule="CF-31",
        hint="add it to `distribution.aliases`",
    )


def _form_problem(request: Request, names: str, values: str) -> str | None:
    # `isprintable` is one fast pass that common requests pass; it refuses more than it should (a tab, some octets).
    if not request.path.startswith("/"):
        return f"the request target is not in origin form: {request.path!r}"
    target = request.path + request.query
    if (" " in target or not target.isprintable()) and (found := _NOT_IN_TARGET.search(target)):
        return f"the request target contains {found[0]!r}"
    if not values.isprintable() and (found := _CONTROL.search(values)):
        return f"a header value contains the control character {found[0]!r}"
    if "" in request.headers or _TOKENS.fullmatch(names) is None:
        return "a header name is not a token (RFC 9110, 5.1)"
    if not request.method or _TOKENS.fullmatch(request.method) is None:
        return f"the method is not a token: {request.method!r}"
    return None


def _framing_problem(by_name: dict[str, tuple[Line, ...]]) -> str | None:
    """What makes the end of the body doubtful, or None (RFC 9112, 6.3)."""
    length_lines = by_name.get("content-length")
    coding_lines = by_name.get("transfer-encoding")
    if coding_lines is not None:
        if length_lines is not None:
            return "both Content-Length and Transfer-Encoding are given (RFC 9112, 6.3)"
        if len(coding_lines) > 1 or coding_lines[0][1].strip().lower() != "chunked":
            return "Transfer-Encoding can only be `chunked` (RFC 9112, 6.1)"
    if length_lines is not None:
        lengths = {member.strip() for _, value in length_lines for member in value.split(",")}
        if len(lengths) > 1:
            return "Content-Length is given with different values (RFC 9112, 6.3)"
        length = lengths.pop()
        if not (length.isascii() and length.isdigit()):
            return f"Content-Length is not a number: {length!r}"
    return None


def _answers_to(distribution: Distribution, host: str) -> bool:
    """Whether a request for a well-formed host without its port is for this distribution."""
    name = host.lower()
    if name == distribution.domain_name.lower() or is_local(name):
        return True
    for alias in distribution.aliases:
        wanted = alias.lower()
        if name == wanted or (wanted.startswith("*.") and name.endswith(wanted[1:]) and name != wanted[1:]):
            return True
    return False


def check_behavior(request: Request, behavior: Behavior) -> Failure | Response | None:
    """What a behaviour refuses or redirects, in this order: the viewer's protocol, its method, a body with GET or HEAD.

    A response is the redirect to HTTPS: it is sent as it is, without functions, and not stored (CF-64).
    `check_request` must have found nothing.
    """
    method = request.method
    if request.viewer.scheme != "https" and behavior.viewer_protocol_policy != "allow-all":
        answer = _https_answer(request, behavior)
        if answer is not None:
            return answer
    if method not in behavior.allowed_methods:
        return Failure(
            kind=FailureKind.METHOD_NOT_ALLOWED,
            detail=f"{method} is not among the allowed methods of behavior {behavior.path_pattern}: "
            f"{', '.join(sorted(behavior.allowed_methods))}",
            rule="CF-56",
            hint="see `allowed_methods`",
        )
    if method in ("GET", "HEAD") and _has_body(request.headers):
        return Failure(kind=FailureKind.BODY_NOT_ALLOWED, detail=f"a {method} request cannot have a body", rule="CF-55")
    return None


def _https_answer(request: Request, behavior: Behavior) -> Failure | Response | None:
    """The answer to a request over HTTP where the behaviour wants HTTPS; None when its method decides (CF-56)."""
    if behavior.viewer_protocol_policy == "https-only":
        return Failure(
            kind=FailureKind.HTTPS_REQUIRED,
            detail=f"behavior {behavior.path_pattern} answers only over HTTPS",
            rule="CF-58",
        )
    status = _REDIRECT_STATUS.get(request.method)
    if status is None:
        return None
    if status == 307 and request.viewer.http_version == "1.0":
        return Failure(
            kind=FailureKind.UNREDIRECTABLE,
            detail=f"behavior {behavior.path_pattern} redirects to HTTPS, and HTTP/1.0 has no redirect that "
            f"keeps the method {request.method}",
            rule="CF-61",
        )
    written = _HOST.fullmatch(request.host)
    host = request.host if written is None else written[1]  # without a port: 443 is meant (CF-65)
    page = _REDIRECT_PAGE.format(f"{status} {standard_reason(status)}").encode("ascii")
    headers = Headers(
        (
            ("Content-Type", "text/html"),
            ("Content-Length", str(len(page))),
            ("Location", f"https://{host}{request.target}"),
        )
    )
    return Response(status, headers, Whole(page))


def _has_body(headers: Headers) -> bool:
    by_name = headers.by_name
    if "transfer-encoding" in by_name:
        return True
    length = by_name.get("content-length")
    return length is not None and length[0][1].strip("0, \t") != ""
