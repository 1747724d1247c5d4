from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given

from edgeproxy.events.encode import Event
from edgeproxy.events.schema import EventPart
from tests.strategies import events

JSON = (
    '{"Records":[{"cf":{"config":{"distributionDomainName":"d","distributionId":"E","eventType":"%s","requestId":"r"},'
    '"request":{"clientIp":"::1","method":"GET","uri":"/","querystring":"","headers":{}}}}]}'
)


@pytest.mark.rule("LE-46")
@pytest.mark.rule("LE-47")
@given(events())
def test_every_event_has_the_published_shape(event: Event) -> None:
    assert msgspec.convert(event.build(), EventPart, strict=True) == event.build()


@pytest.mark.rule("LE-50")
@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda text: text % "viewer-request", None),
        (lambda text: text % "other", "eventType"),
        (lambda text: (text % "viewer-request").replace('"uri":"/",', ""), "uri"),
        (lambda text: (text % "viewer-request").replace('"headers":{}', '"headers":{"a":"b"}'), "headers"),
    ],
)
def test_the_types_tell_an_event_from_something_else(change: Callable[[str], str], error: str | None) -> None:
    text = change(JSON)
    if error is None:
        assert msgspec.json.decode(text, type=EventPart)["Records"]
    else:
        with pytest.raises(msgspec.ValidationError, match=error):
            msgspec.json.decode(text, type=EventPart)
