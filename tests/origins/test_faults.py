import httpcore
import pytest

from edgeproxy.cloudfront.origin import OriginFailure, OriginFault
from edgeproxy.errors import BodyError, OriginBodyError, ViewerBodyError
from edgeproxy.origins.connection import ClosedError, HeadTooLargeError, NameNotFoundError, TlsError
from edgeproxy.origins.faults import BODY_ERRORS, FETCH_ERRORS, failure_of


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        pytest.param(NameNotFoundError, OriginFault.DNS, marks=pytest.mark.rule("CF-230")),
        pytest.param(httpcore.ConnectError, OriginFault.CONNECT, marks=pytest.mark.rule("CF-231")),
        pytest.param(httpcore.ConnectTimeout, OriginFault.CONNECT_TIMEOUT, marks=pytest.mark.rule("CF-232")),
        (httpcore.PoolTimeout, OriginFault.CONNECT_TIMEOUT),
        pytest.param(ClosedError, OriginFault.CLOSED, marks=pytest.mark.rule("CF-233")),
        pytest.param(httpcore.ReadError, OriginFault.CLOSED, marks=pytest.mark.rule("CF-233")),
        pytest.param(httpcore.ReadTimeout, OriginFault.READ_TIMEOUT, marks=pytest.mark.rule("CF-234")),
        pytest.param(httpcore.RemoteProtocolError, OriginFault.INVALID_RESPONSE, marks=pytest.mark.rule("CF-237")),
        pytest.param(HeadTooLargeError, OriginFault.HEADERS_TOO_LARGE, marks=pytest.mark.rule("CF-238")),
        pytest.param(TlsError, OriginFault.TLS, marks=pytest.mark.rule("CF-239")),
        pytest.param(httpcore.WriteError, OriginFault.WRITE, marks=pytest.mark.rule("CF-242")),
        pytest.param(httpcore.WriteTimeout, OriginFault.WRITE, marks=pytest.mark.rule("CF-242")),
        (httpcore.LocalProtocolError, OriginFault.WRITE),
        (ViewerBodyError, OriginFault.VIEWER_BODY),
        (BodyError, OriginFault.VIEWER_BODY),
    ],
)
def test_each_exception_is_one_fault(kind: type[Exception], fault: OriginFault) -> None:
    assert issubclass(kind, FETCH_ERRORS)
    assert failure_of(kind("said the system"), "GET http://h:80") == OriginFailure(
        fault, "GET http://h:80: said the system"
    )


def test_every_fault_has_an_exception() -> None:
    assert {failure_of(kind(""), "").fault for kind in FETCH_ERRORS} == set(OriginFault)


def test_no_exception_of_httpcore_is_forgotten() -> None:
    # Those that its connections cannot raise: they belong to its pool, to proxies and to other protocols.
    foreign = {"ConnectionNotAvailable", "ProxyError", "UnsupportedProtocol"}
    bases = {httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException}
    for name in httpcore.__all__:
        kind = getattr(httpcore, name)
        if isinstance(kind, type) and issubclass(kind, Exception) and name not in foreign and kind not in bases:
            assert issubclass(kind, FETCH_ERRORS), name
            assert issubclass(kind, BODY_ERRORS), name


def test_anything_else_is_raised_on() -> None:
    error = KeyError("a bug")
    with pytest.raises(KeyError) as caught:
        failure_of(error, "GET")
    assert caught.value is error


def test_a_body_can_break_off_by_its_own_error() -> None:
    assert issubclass(OriginBodyError, BODY_ERRORS)
    assert not issubclass(ViewerBodyError, BODY_ERRORS)
