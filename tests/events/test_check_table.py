from __future__ import annotations

import re

import pytest

from edgeproxy.cloudfront.profile import OPEN_POINTS
from edgeproxy.events import check_table
from edgeproxy.events.check import Check, Gravity

ROWS = {name: row for name, row in vars(check_table).items() if isinstance(row, Check)}
PREFIXES = (
    "The Lambda function returned invalid JSON: ",
    "The Lambda function result failed validation: ",
    "The Lambda function returned an invalid entry in the headers object: ",
    "The Lambda function returned an invalid origin configuration: ",
)


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_complete(name: str) -> None:
    row = ROWS[name]
    assert re.fullmatch(r"LE-\d+", row.rule)
    assert row.message.endswith(".")
    if row.gravity is not Gravity.WARNING:
        assert row.sentence.startswith(PREFIXES)
    if row.open_point:
        assert row.gravity is Gravity.STRICT
        assert "reject" in OPEN_POINTS[row.open_point].choices


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        pytest.param(
            check_table.NOT_OBJECT,
            "The Lambda function returned invalid JSON: The JSON output must be an object type.",
            marks=pytest.mark.rule("LE-211"),
        ),
        pytest.param(
            check_table.RESPONSE_BODY,
            "The Lambda function result failed validation: "
            "The body is not a string, is not an object, or exceeds the maximum size.",
            marks=pytest.mark.rule("LE-213"),
        ),
        pytest.param(
            check_table.READ_ONLY,
            "The Lambda function result failed validation: "
            "The function tried to add, delete, or change a read-only header.",
            marks=pytest.mark.rule("LE-214"),
        ),
        pytest.param(
            check_table.BAD_URI,
            "The Lambda function result failed validation: The specified URI is in an invalid format.",
            marks=pytest.mark.rule("LE-215"),
        ),
        pytest.param(
            check_table.ENTRY_NOT_ARRAY,
            "The Lambda function returned an invalid entry in the headers object: "
            "Each header entry in the headers object must be an array.",
            marks=pytest.mark.rule("LE-216"),
        ),
        pytest.param(
            check_table.CUSTOM_HEADER,
            "The Lambda function returned an invalid origin configuration: "
            "One or more HeaderName or HeaderValue values are invalid.",
            marks=pytest.mark.rule("LE-217"),
        ),
    ],
)
def test_sentences_that_the_service_is_known_to_use(row: Check, sentence: str) -> None:
    assert row.sentence == sentence


@pytest.mark.rule("LE-220")
def test_other_sentences_begin_as_the_service_begins_them() -> None:
    assert check_table.DISALLOWED.sentence.startswith("The Lambda function result failed validation: ")
    assert check_table.BAD_STATUS.sentence.startswith("The Lambda function result failed validation: ")
