from __future__ import annotations

import pytest

from edgeproxy.messages.body import EMPTY
from edgeproxy.messages.response import Response, standard_reason


@pytest.mark.rule("LE-152")
@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (200, "OK"),
        (404, "Not Found"),
        (307, "Temporary Redirect"),
        (494, "Request Header Too Large"),
        (518, "Unknown"),
        (416, "Range Not Satisfiable"),
    ],
)
def test_the_standard_phrase(status: int, phrase: str) -> None:
    assert standard_reason(status) == phrase
    assert Response(status).phrase == phrase


def test_a_phrase_of_its_own() -> None:
    assert Response(200, reason="Fine").phrase == "Fine"


def test_a_response_has_no_body_by_default() -> None:
    assert Response(204).body is EMPTY
