from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from edgeproxy.clock import ManualClock
from edgeproxy.cloudfront.origin import CustomOrigin, Origin, OriginFailure, OriginFault, OriginRequest, S3Origin
from edgeproxy.messages.response import Response
from edgeproxy.origins.exchange import Address
from edgeproxy.origins.http import HttpOrigins
from edgeproxy.origins.router import OriginRouter, address_of

Ask = Callable[..., OriginRequest]


class Local:
    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False

    def fetch(self, request: OriginRequest) -> Response:
        return Response(200, reason=self.name)

    def close(self) -> None:
        self.closed = True


class Net(httpx.MockTransport):
    closed = False

    def __init__(self) -> None:
        super().__init__(lambda request: httpx.Response(200, extensions={"reason_phrase": str(request.url).encode()}))

    def close(self) -> None:
        self.closed = True


ORIGINS = {
    "site": Origin(id="site", domain_name="Origin.example.test"),
    "twin": Origin(id="twin", domain_name="origin.example.test"),
    "app": Origin(id="app", domain_name="app.example.test"),
    "assets": Origin(id="assets", domain_name="assets.s3.amazonaws.com", is_s3=True),
    "real": Origin(id="real", domain_name="real.example.test"),
}


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def routed(net: Net, clock: ManualClock, ask: Ask) -> Callable[..., str | OriginFailure]:
    """Where a request ends up: the name of a local client, a URL, or a failure."""

    def route(origin_id: str, origin: CustomOrigin | S3Origin, **options: Any) -> str | OriginFailure:
        result = router(net, clock, **options).fetch(ask("GET", "/p", origin_id=origin_id, origin=origin))
        return result.reason if isinstance(result, Response) else result

    return route


def router(net: Net, clock: ManualClock, **options: Any) -> OriginRouter:
    settings: dict[str, Any] = {
        "configured": ORIGINS,
        "local": {"app": Local("app"), "assets": Local("assets")},
        "urls": {"site": "http://127.0.0.1:9000", "twin": "https://[::1]/base/"},
        "resolve": {
            "EU.example.test": "http://127.0.0.1:9001",
            "*.internal.test": "http://127.0.0.1:9002",
            "*.deep.internal.test": "http://127.0.0.1:9003",
            "app.example.test": "http://127.0.0.1:9004",
        },
        "resolve_only": False,
        "http": HttpOrigins(clock=clock, transport=net),
        **options,
    }
    return OriginRouter(**settings)


@pytest.mark.parametrize(
    ("origin_id", "name", "place"),
    [
        ("site", "origin.example.test", "http://127.0.0.1:9000/p"),
        ("twin", "ORIGIN.example.test", "https://[::1]/base/p"),
        ("app", "app.example.test", "app"),
        ("site", "app.example.test", "app"),
        ("app", "origin.example.test", "http://127.0.0.1:9000/p"),
        ("gone", "origin.example.test", "http://127.0.0.1:9000/p"),
        ("site", "eu.example.test", "http://127.0.0.1:9001/p"),
        ("site", "a.internal.test", "http://127.0.0.1:9002/p"),
        ("site", "a.b.internal.test", "http://127.0.0.1:9002/p"),
        ("site", "a.deep.internal.test", "http://127.0.0.1:9003/p"),
        ("site", "internal.test", "http://internal.test:8080/p"),
        ("real", "real.example.test", "http://real.example.test:8080/p"),
        ("site", "elsewhere.test", "http://elsewhere.test:8080/p"),
    ],
)
def test_where_a_custom_origin_is(routed: Any, origin_id: str, name: str, place: str) -> None:
    assert routed(origin_id, CustomOrigin(domain_name=name, port=8080)) == place


def test_where_an_s3_origin_is(routed: Any) -> None:
    assert routed("assets", S3Origin(domain_name="assets.s3.amazonaws.com")) == "assets"
    assert routed("assets", S3Origin(domain_name="b.s3.amazonaws.com")) == "https://b.s3.amazonaws.com/p"


@pytest.mark.parametrize("origin_id", ["site", "real"])
def test_resolve_only_looks_nothing_up(routed: Any, origin_id: str) -> None:
    result = routed(origin_id, CustomOrigin(domain_name="real.example.test"), resolve_only=True)
    assert isinstance(result, OriginFailure)
    assert result.fault is OriginFault.DNS
    assert "real.example.test is not looked up: resolve_only" in result.message


def test_resolve_only_still_goes_where_it_is_told(routed: Any) -> None:
    local = CustomOrigin(domain_name="app.example.test")
    assert routed("app", local, resolve_only=True) == "app"
    listed = CustomOrigin(domain_name="eu.example.test")
    assert routed("app", listed, resolve_only=True) == "http://127.0.0.1:9001/p"


def test_closing_closes_everything(net: Net, clock: ManualClock) -> None:
    local: Mapping[str, Local] = {"app": Local("app")}
    router(net, clock, local=local).close()
    assert local["app"].closed
    assert net.closed


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://h", Address("http", "h", 80)),
        ("https://h/", Address("https", "h", 443)),
        ("http://[::1]:8000/a/b/", Address("http", "::1", 8000, "/a/b")),
    ],
)
def test_the_address_of_a_url(url: str, address: Address) -> None:
    assert address_of(url) == address


@pytest.mark.parametrize("url", ["h:80", "ftp://h", "http://", "/path", "http://h:port"])
def test_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"is no URL|Port could not be cast"):
        address_of(url)
