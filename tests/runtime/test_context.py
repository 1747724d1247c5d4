"""The context object."""

import pytest

from edgeproxy.runtime.context import LambdaContext


def a_context(remaining: float = 1.5) -> LambdaContext:
    facts = {
        "function_name": "us-east-1.auth",
        "function_version": "7",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:us-east-1.auth:7",
        "memory_limit_in_mb": "128",
        "log_group_name": "/aws/lambda/us-east-1.auth",
        "log_stream_name": "2026/01/01/[7]0123456789abcdef0123456789abcdef",
    }
    return LambdaContext(facts, "11111111-2222-4333-8444-555555555555", 100 + remaining, lambda: 100.0)


@pytest.mark.rule("LR-192")
def test_remaining_time_is_in_whole_milliseconds_and_never_negative() -> None:
    assert a_context(1.5).get_remaining_time_in_millis() == 1500
    assert a_context(-3).get_remaining_time_in_millis() == 0


@pytest.mark.rule("LR-188")
@pytest.mark.rule("LE-296")
@pytest.mark.rule("LE-297")
def test_identity_is_there_and_empty_and_there_is_no_client_context() -> None:
    context = a_context()
    assert context.identity.cognito_identity_id is None
    assert context.identity.cognito_identity_pool_id is None
    assert context.client_context is None
    assert context.tenant_id is None


@pytest.mark.rule("LR-193")
def test_log_adds_no_newline(capsys: pytest.CaptureFixture[str]) -> None:
    a_context().log(5)
    assert capsys.readouterr().err == "5"


@pytest.mark.rule("LR-196")
def test_its_representation_begins_and_ends_as_the_runtime_s() -> None:
    text = repr(a_context())
    assert text.startswith("LambdaContext([aws_request_id=11111111-2222-4333-8444-555555555555,log_group_name=")
    assert text.endswith("tenant_id=None])")
