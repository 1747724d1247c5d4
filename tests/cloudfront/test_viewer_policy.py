from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.distribution import Behavior, Distribution
from edgeproxy.cloudfront.failures import Failure, FailureKind
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.policies import CachePolicy
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.cloudfront.viewer_policy import check_behavior, check_request
from edgeproxy.messages.body import read
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.request import Request, Viewer
from edgeproxy.messages.response import Response

IN_2023 = Profile(column="2023")
SITE = Origin(id="site", domain_name="origin.example.test")
ALL_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"})
HOST = ("Host", "www.example.test")


def behavior(
    policy: Literal["allow-all", "redirect-to-https", "https-only"] = "allow-all",
    methods: frozenset[str] = frozenset({"GET", "HEAD"}),
) -> Behavior:
    return Behavior(
        path_pattern="*",
        origin=SITE,
        viewer_protocol_policy=policy,
        allowed_methods=methods,
        cache_policy=CachePolicy(name="p"),
    )


def distribution(*aliases: str) -> Distribution:
    return Distribution(origins={"site": SITE}, default_behavior=behavior(), aliases=aliases)


def request(
    *lines: Line,
    method: str = "GET",
    path: str = "/",
    query: str = "",
    host: str | None = "www.example.test",
    viewer: Viewer | None = None,
) -> Request:
    host_lines = () if host is None else (("Host", host),)
    return Request(method, path, query, Headers((*host_lines, *lines)), viewer=viewer or Viewer())


def check(message: Request, profile: Profile = LATEST) -> Failure | None:
    return check_request(message, distribution("www.example.test", "*.wild.test"), profile)


def kind_of(failure: Failure | None) -> FailureKind | None:
    return None if failure is None else failure.kind


# --- size -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("CF-52")
def test_the_length_of_a_url() -> None:
    room = 8192 - len("http://www.example.test/?x=")
    assert check(request(path="/" + "p" * (room - 10), query="x=" + "q" * 10)) is None
    longer = request(path="/" + "p" * (room - 10), query="x=" + "q" * 11)
    failure = check(longer)
    assert failure is not None
    assert (failure.kind, failure.rule) == (FailureKind.URL_TOO_LONG, "CF-52")
    assert failure.row.status == 414
    assert "8193" in failure.detail
    assert kind_of(check(longer, IN_2023)) is FailureKind.REQUEST_TOO_LARGE


@pytest.mark.rule("CF-53")
@pytest.mark.parametrize(
    ("profile", "limit", "kind", "status"),
    [(LATEST, 32768, FailureKind.HEADERS_TOO_LARGE, 494), (IN_2023, 20480, FailureKind.REQUEST_TOO_LARGE, 413)],
)
def test_the_size_of_request_line_and_headers(profile: Profile, limit: int, kind: FailureKind, status: int) -> None:
    fixed = len("POST /a?b HTTP/1.1\r\nHost: www.example.test\r\nX-A: \r\nX-B: 1\r\n")
    fits = request(("X-A", "v" * (limit - fixed)), ("X-B", "1"), method="POST", path="/a", query="b")
    assert check(fits, profile) is None
    failure = check(
        request(("X-A", "v" * (limit - fixed + 1)), ("X-B", "1"), method="POST", path="/a", query="b"), profile
    )
    assert failure is not None
    assert (failure.kind, failure.rule, failure.row.status) == (kind, "CF-53", status)


# --- form -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("CF-57")
@pytest.mark.parametrize(
    ("message", "said"),
    [
        (request(host=None), "this one has 0"),
        (request(HOST), "this one has 2"),
        (request(host=""), "malformed"),
        (request(host="a b"), "malformed"),
        (request(host="user@www.example.test"), "malformed"),
        (request(host="www.example.test/x"), "malformed"),
        (request(host="www.example.test:x"), "malformed"),
        (request(host="www.example.test:123456"), "malformed"),
        (request(host="[::1"), "malformed"),
        (request(host="[::z]"), "malformed"),
        (request(host="a%zz"), "malformed"),
        (request(path="*", method="OPTIONS"), "origin form"),
        (request(path="", query="/x"), "origin form"),
        (request(path="www.example.test:443", method="CONNECT"), "origin form"),
        (request(path="/a b"), "' '"),
        (request(path="/a\tb"), "'\\t'"),
        (request(path="/", query="a\r\nb"), "'\\r'"),
        (request(path="/\x7f"), "'\\x7f'"),
        (request(("X-A", "a\r\nX-B: b")), "'\\r'"),
        (request(("X-A", "\x00")), "'\\x00'"),
        (request(("", "a")), "token"),
        (request(("X A", "a")), "token"),
        (request(("X-É", "a")), "token"),
        (request(("X-A\n", "a")), "token"),
        (request(method="GET /"), "method"),
        (request(method=""), "method"),
        (request(("Content-Length", "3"), ("Transfer-Encoding", "chunked"), method="POST"), "both"),
        (request(("Transfer-Encoding", "gzip, chunked"), method="POST"), "chunked"),
        (request(("Transfer-Encoding", "chunked"), ("transfer-encoding", "chunked"), method="POST"), "chunked"),
        (request(("Content-Length", "3"), ("content-length", "4"), method="POST"), "different"),
        (request(("Content-Length", "3, 4"), method="POST"), "different"),
        (request(("Content-Length", "-1"), method="POST"), "not a number"),
        (request(("Content-Length", "²"), method="POST"), "not a number"),
        (request(("Content-Length", ""), method="POST"), "not a number"),
    ],
)
def test_malformed_and_unsafe_requests(message: Request, said: str) -> None:
    failure = check(message)
    assert failure is not None
    assert (failure.kind, failure.rule, failure.row.status) == (FailureKind.BAD_REQUEST, "CF-57", 400)
    assert said in failure.detail


@pytest.mark.parametrize(
    "message",
    [
        request(path="/%20x+y/%2F;a=", query="a=1&a=&b;c=%"),
        request(path="//a/../b"),
        request(path="/\xe9\x85\xad", query="\xa0"),
        request(("X-A", "tab\there"), ("X_A!#$%&'*+.^`|~", ""), ("X-B", "\xa0\xe9\x85")),
        request(("Content-Length", "3"), ("Content-Length", "3"), method="POST"),
        request(("Content-Length", "3, 3"), method="POST"),
        request(("Transfer-Encoding", "Chunked"), method="POST"),
        request(method="BREW"),
    ],
)
def test_odd_requests_that_are_none_of_that(message: Request) -> None:
    assert check(message) is None


# --- host -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("CF-31")
@pytest.mark.parametrize(
    "host",
    [
        "www.example.test",
        "WWW.Example.TEST",
        "www.example.test:8080",
        "www.example.test:",
        "d111111abcdef8.cloudfront.net",
        "D111111ABCDEF8.cloudfront.net:80",
        "a.wild.test",
        "b.a.wild.test",
        "A.WILD.test:1",
        "localhost",
        "LocalHost:8080",
        "127.0.0.1:8080",
        "192.0.2.7",
        "[::1]:8080",
        "[2001:db8::7]",
    ],
)
def test_hosts_that_it_answers_to(host: str) -> None:
    assert check(request(host=host)) is None


@pytest.mark.rule("CF-31")
@pytest.mark.parametrize(
    "host", ["other.test", "wild.test", ".wild.test", "notwild.test", "example.test", "[abc]", "1.2.3", "a,b"]
)
def test_hosts_that_it_does_not_answer_to(host: str) -> None:
    failure = check(request(host=host))
    assert failure is not None
    assert (failure.kind, failure.rule, failure.row.status) == (FailureKind.UNKNOWN_HOST, "CF-31", 403)
    assert host in failure.detail


@pytest.mark.rule("CF-31")
def test_without_aliases_every_well_formed_host_is_answered() -> None:
    assert check_request(request(host="anything.test"), distribution(), LATEST) is None
    assert kind_of(check_request(request(host="any thing"), distribution(), LATEST)) is FailureKind.BAD_REQUEST


wire = st.text(st.characters(max_codepoint=0xFF), max_size=12)


@given(
    st.builds(
        Request, wire, wire, wire, st.lists(st.tuples(st.sampled_from(["Host", "Content-Length", "TE"]) | wire, wire))
    ).map(lambda made: Request(made.method, made.path, made.query, Headers(made.headers)))
)
def test_no_request_makes_it_raise_and_none_that_passes_could_split_a_message(message: Request) -> None:
    failure = check_request(message, distribution("www.example.test"), LATEST)
    answer = check_behavior(message, behavior("redirect-to-https", ALL_METHODS))
    assert answer is None or isinstance(answer, Failure | Response)
    if failure is None:
        everything = message.method + message.target + "".join(name + value for name, value in message.headers)
        assert not set("\r\n\x00") & set(everything)


# --- viewer protocol policy -----------------------------------------------------------------------------------------


@pytest.mark.rule("CF-64")
@pytest.mark.rule("CF-65")
@pytest.mark.rule("LE-25")
@pytest.mark.rule("LE-207")
@pytest.mark.parametrize(
    ("method", "status"),
    [
        pytest.param("GET", 301, marks=pytest.mark.rule("CF-59")),
        pytest.param("HEAD", 301, marks=pytest.mark.rule("CF-59")),
        *(
            pytest.param(method, 307, marks=pytest.mark.rule("CF-60"))
            for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        ),
    ],
)
def test_redirect_to_https(method: str, status: int) -> None:
    message = request(
        method=method, path="/%20x+y//..;a", query="b=%2F&b&c=", host="WWW.example.test:8080", viewer=Viewer()
    )
    # The redirect comes before the method is looked at.
    answer = check_behavior(message, behavior("redirect-to-https", frozenset({"GET", "HEAD"})))
    assert isinstance(answer, Response)
    body = read(answer.body)
    assert answer.status == status
    assert answer.headers.lines == (
        ("Content-Type", "text/html"),
        ("Content-Length", str(len(body))),
        ("Location", "https://WWW.example.test/%20x+y//..;a?b=%2F&b&c="),
    )
    assert str(status).encode() in body


@pytest.mark.rule("CF-64")
def test_the_length_of_the_redirect_page_is_the_recorded_one() -> None:
    answer = check_behavior(request(), behavior("redirect-to-https"))
    assert isinstance(answer, Response)
    assert answer.headers.get("content-length") == "167"


@pytest.mark.rule("CF-65")
@pytest.mark.parametrize(("host", "kept"), [("[::1]:8080", "[::1]"), ("a.test:", "a.test"), ("", "")])
def test_the_redirect_means_the_default_port(host: str, kept: str) -> None:
    answer = check_behavior(request(host=host), behavior("redirect-to-https"))
    assert isinstance(answer, Response)
    assert answer.headers.get("location") == f"https://{kept}/"


@pytest.mark.parametrize(
    ("policy", "method", "version", "kind"),
    [
        pytest.param("https-only", "GET", "1.1", FailureKind.HTTPS_REQUIRED, marks=pytest.mark.rule("CF-58")),
        pytest.param("https-only", "POST", "1.1", FailureKind.HTTPS_REQUIRED, marks=pytest.mark.rule("LE-26")),
        pytest.param("redirect-to-https", "POST", "1.0", FailureKind.UNREDIRECTABLE, marks=pytest.mark.rule("CF-61")),
        pytest.param(
            "redirect-to-https", "TRACE", "1.1", FailureKind.METHOD_NOT_ALLOWED, marks=pytest.mark.rule("CF-56")
        ),
    ],
)
def test_http_that_cannot_be_redirected(
    policy: Literal["redirect-to-https", "https-only"], method: str, version: str, kind: FailureKind
) -> None:
    message = request(method=method, viewer=Viewer(http_version=version))
    failure = check_behavior(message, behavior(policy, ALL_METHODS))
    assert isinstance(failure, Failure)
    assert failure.kind is kind
    assert failure.rule in failure.row.source.split()
    assert failure.row.status == 403


@pytest.mark.rule("CF-59")
def test_http_1_0_is_redirected_where_the_method_may_change() -> None:
    answer = check_behavior(request(viewer=Viewer(http_version="1.0")), behavior("redirect-to-https"))
    assert isinstance(answer, Response)


@pytest.mark.parametrize("policy", ["redirect-to-https", "https-only", "allow-all"])
def test_https_is_let_through(policy: Literal["redirect-to-https", "https-only", "allow-all"]) -> None:
    assert check_behavior(request(viewer=Viewer(scheme="https")), behavior(policy)) is None


# --- methods and bodies ---------------------------------------------------------------------------------------------


@pytest.mark.rule("CF-56")
@pytest.mark.rule("CF-67")
@pytest.mark.rule("LE-24")
@pytest.mark.parametrize("method", [*sorted(ALL_METHODS), "TRACE", "CONNECT", "BREW", "get"])
@pytest.mark.parametrize("allowed", [frozenset({"GET", "HEAD"}), frozenset({"GET", "HEAD", "OPTIONS"}), ALL_METHODS])
def test_methods(method: str, allowed: frozenset[str]) -> None:
    answer = check_behavior(request(method=method), behavior(methods=allowed))
    if method in allowed:
        assert answer is None
    else:
        assert isinstance(answer, Failure)
        assert (answer.kind, answer.rule) == (FailureKind.METHOD_NOT_ALLOWED, "CF-56")
        assert method in answer.detail


@pytest.mark.rule("CF-55")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    ("line", "has_body"),
    [
        (("Transfer-Encoding", "chunked"), True),
        (("Content-Length", "1"), True),
        (("Content-Length", "10"), True),
        (("Content-Length", "0"), False),
        (("Content-Length", "000"), False),
        (("Content-Length", "0, 0"), False),
        (("X-A", "1"), False),
    ],
)
def test_a_body_where_none_may_be(method: str, line: Line, has_body: bool) -> None:
    message = request(line, method=method)
    assert check(message) is None
    answer = check_behavior(message, behavior(methods=ALL_METHODS))
    if has_body and method in ("GET", "HEAD"):
        assert isinstance(answer, Failure)
        assert (answer.kind, answer.rule, answer.row.status) == (FailureKind.BODY_NOT_ALLOWED, "CF-55", 403)
    else:
        assert answer is None
