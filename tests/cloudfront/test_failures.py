from __future__ import annotations

import pytest

from edgeproxy.cloudfront.failures import (
    IN_2023,
    OF_FUNCTION_FAULT,
    OF_ORIGIN_FAULT,
    ROWS,
    Failure,
    FailureKind,
    of_origin,
    under,
)
from edgeproxy.cloudfront.origin import OriginFailure, OriginFault
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.function import FaultKind

IN_2023_PROFILE = Profile(column="2023")


def test_every_failure_has_a_row() -> None:
    assert set(ROWS) == set(FailureKind)


@pytest.mark.parametrize("kind", FailureKind)
def test_a_row_is_complete(kind: FailureKind) -> None:
    row = ROWS[kind]
    assert 400 <= row.status <= 599
    assert row.sentence
    assert row.rule in row.source.split()
    assert all(rule.startswith(("LE-", "CF-")) for rule in row.source.split())


@pytest.mark.rule("CF-505")
@pytest.mark.parametrize("kind", FailureKind)
def test_detailed_result_types_are_of_the_vocabulary(kind: FailureKind) -> None:
    row = ROWS[kind]
    if row.result_type != "Error":
        assert row.detailed_result_type == row.result_type
    else:
        assert row.detailed_result_type in {
            "ClientHungUpRequest",
            "InvalidRequest",
            "InvalidRequestHeader",
            "InvalidRequestMethod",
            "OriginCommError",
            "OriginConnectError",
            "OriginDnsError",
            "OriginHeaderTooBigError",
            "OriginInvalidResponseError",
            "OriginWriteError",
        }


@pytest.mark.parametrize(
    ("kind", "status", "detailed"),
    [
        pytest.param(FailureKind.ORIGIN_DNS, 502, "OriginDnsError", marks=pytest.mark.rule("CF-230")),
        pytest.param(FailureKind.ORIGIN_CONNECT, 502, "OriginConnectError", marks=pytest.mark.rule("CF-231")),
        pytest.param(FailureKind.ORIGIN_CONNECT_TIMEOUT, 504, "OriginConnectError", marks=pytest.mark.rule("CF-232")),
        pytest.param(FailureKind.ORIGIN_CLOSED, 502, "OriginCommError", marks=pytest.mark.rule("CF-233")),
        pytest.param(FailureKind.ORIGIN_READ_TIMEOUT, 504, "OriginCommError", marks=pytest.mark.rule("CF-234")),
        pytest.param(
            FailureKind.ORIGIN_INVALID_RESPONSE, 502, "OriginInvalidResponseError", marks=pytest.mark.rule("CF-237")
        ),
        pytest.param(
            FailureKind.ORIGIN_HEADERS_TOO_LARGE, 502, "OriginHeaderTooBigError", marks=pytest.mark.rule("CF-238")
        ),
        pytest.param(FailureKind.ORIGIN_TLS, 502, "OriginConnectError", marks=pytest.mark.rule("CF-239")),
        pytest.param(FailureKind.ORIGIN_WRITE, 502, "OriginWriteError", marks=pytest.mark.rule("CF-242")),
        pytest.param(FailureKind.ORIGIN_REQUEST_TOO_LARGE, 502, "OriginWriteError", marks=pytest.mark.rule("LE-191")),
        pytest.param(FailureKind.VIEWER_BODY, 400, "ClientHungUpRequest", marks=pytest.mark.rule("CF-57")),
        pytest.param(FailureKind.BAD_REQUEST, 400, "InvalidRequest", marks=pytest.mark.rule("CF-57")),
        pytest.param(FailureKind.UNKNOWN_HOST, 403, "InvalidRequest", marks=pytest.mark.rule("CF-31")),
        pytest.param(FailureKind.URL_TOO_LONG, 414, "InvalidRequest", marks=pytest.mark.rule("CF-52")),
        pytest.param(FailureKind.HEADERS_TOO_LARGE, 494, "InvalidRequestHeader", marks=pytest.mark.rule("CF-53")),
        pytest.param(FailureKind.REQUEST_TOO_LARGE, 413, "InvalidRequest", marks=pytest.mark.rule("CF-53")),
        pytest.param(FailureKind.METHOD_NOT_ALLOWED, 403, "InvalidRequestMethod", marks=pytest.mark.rule("CF-56")),
        pytest.param(FailureKind.BODY_NOT_ALLOWED, 403, "InvalidRequest", marks=pytest.mark.rule("CF-55")),
        pytest.param(FailureKind.HTTPS_REQUIRED, 403, "InvalidRequest", marks=pytest.mark.rule("CF-58")),
        pytest.param(FailureKind.UNREDIRECTABLE, 403, "InvalidRequest", marks=pytest.mark.rule("CF-61")),
    ],
)
def test_what_is_no_function_s_failure(kind: FailureKind, status: int, detailed: str) -> None:
    row = ROWS[kind]
    assert (row.status, row.result_type, row.detailed_result_type) == (status, "Error", detailed)


@pytest.mark.rule("CF-246")
@pytest.mark.parametrize(
    ("kind", "status", "result_type", "sentence"),
    [
        pytest.param(
            FailureKind.VALIDATION,
            502,
            "LambdaValidationError",
            "The Lambda function result failed validation: ",
            marks=[pytest.mark.rule("LE-192"), pytest.mark.rule("LE-201"), pytest.mark.rule("CF-305")],
        ),
        pytest.param(
            FailureKind.EXECUTION,
            503,
            "LambdaExecutionError",
            "The Lambda function associated with the CloudFront distribution is invalid",
            marks=[pytest.mark.rule("LE-193"), pytest.mark.rule("LE-202"), pytest.mark.rule("LE-218")],
        ),
        pytest.param(
            FailureKind.TIMEOUT,
            503,
            "LambdaExecutionError",
            "The Lambda function associated with the CloudFront distribution is invalid",
            marks=[pytest.mark.rule("LE-195"), pytest.mark.rule("LE-401"), pytest.mark.rule("CF-306")],
        ),
        pytest.param(
            FailureKind.LIMIT,
            503,
            "LambdaLimitExceeded",
            "The Lambda function associated with the CloudFront distribution was throttled.",
            marks=[pytest.mark.rule("LE-194"), pytest.mark.rule("LE-203"), pytest.mark.rule("CF-307")],
        ),
    ],
)
def test_a_function_s_failure(kind: FailureKind, status: int, result_type: str, sentence: str) -> None:
    row = ROWS[kind]
    assert (row.status, row.result_type) == (status, result_type)
    assert row.sentence.startswith(sentence)


@pytest.mark.rule("CF-52")
@pytest.mark.rule("CF-53")
def test_the_column_2023_has_one_answer_for_all_that_is_too_large() -> None:
    for kind in FailureKind:
        assert under(LATEST, kind) is kind
        assert under(IN_2023_PROFILE, kind) is IN_2023.get(kind, kind)
    assert under(IN_2023_PROFILE, FailureKind.URL_TOO_LONG) is FailureKind.REQUEST_TOO_LARGE
    assert under(IN_2023_PROFILE, FailureKind.HEADERS_TOO_LARGE) is FailureKind.REQUEST_TOO_LARGE


def test_every_fault_of_an_origin_is_a_failure() -> None:
    assert set(OF_ORIGIN_FAULT) == set(OriginFault)
    assert len(set(OF_ORIGIN_FAULT.values())) == len(OriginFault)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        pytest.param(FaultKind.ERROR, FailureKind.EXECUTION, marks=pytest.mark.rule("LE-193")),
        pytest.param(FaultKind.EXIT, FailureKind.EXECUTION, marks=pytest.mark.rule("LE-193")),
        pytest.param(
            FaultKind.MARSHAL,
            FailureKind.EXECUTION,
            marks=[pytest.mark.rule("LE-224"), pytest.mark.rule("LE-225")],
        ),
        pytest.param(FaultKind.TIMEOUT, FailureKind.TIMEOUT, marks=pytest.mark.rule("LE-195")),
        pytest.param(FaultKind.THROTTLE, FailureKind.LIMIT, marks=pytest.mark.rule("LE-194")),
        pytest.param(FaultKind.NOT_JSON, FailureKind.VALIDATION, marks=pytest.mark.rule("LE-308")),
    ],
)
def test_every_fault_of_a_function_is_a_failure(fault: FaultKind, kind: FailureKind) -> None:
    assert set(OF_FUNCTION_FAULT) == set(FaultKind)
    assert OF_FUNCTION_FAULT[fault] is kind


def test_an_unreachable_origin_as_a_failure() -> None:
    failure = of_origin(OriginFailure(OriginFault.READ_TIMEOUT, "no answer from o.test:80 within 30 s"))
    assert failure == Failure(
        kind=FailureKind.ORIGIN_READ_TIMEOUT, detail="no answer from o.test:80 within 30 s", rule="CF-234"
    )
    assert failure.row is ROWS[FailureKind.ORIGIN_READ_TIMEOUT]


def test_a_sentence_of_its_own_replaces_the_row_s() -> None:
    failure = Failure(kind=FailureKind.VALIDATION, detail="…")
    assert failure.diagnosis == ROWS[FailureKind.VALIDATION].sentence
    assert Failure(kind=FailureKind.VALIDATION, detail="…", sentence="Other.").diagnosis == "Other."
