"""The context object that a Python handler is given (LE-288 to LE-297, LR-182 to LR-196). Standard library only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping


class CognitoIdentity:
    """Always there, and always empty: the edge has no Cognito identity (LR-188)."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """What the handler can ask about its invocation.

    :param facts: `function_name`, `function_version`, `invoked_function_arn`, `memory_limit_in_mb` (a string, LR-185),
        `log_group_name` and `log_stream_name`, which all invocations of an environment share.
    :param aws_request_id: UUID of the invocation (LE-292).
    :param deadline: reading of `monotonic` at which the time is up.
    :param monotonic: seconds from an arbitrary point.
    """

    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    client_context = None
    tenant_id = None

    def __init__(
        self, facts: Mapping[str, str], aws_request_id: str, deadline: float, monotonic: Callable[[], float]
    ) -> None:
        vars(self).update(facts)
        self.aws_request_id = aws_request_id
        self.identity = CognitoIdentity()
        self._deadline = deadline
        self._monotonic = monotonic

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time-out, never below 0, which it would be after it (LR-192)."""
        return max(int((self._deadline - self._monotonic()) * 1000), 0)

    def log(self, message: object) -> None:
        """Write to the log without adding a newline (LR-193)."""
        sys.stderr.write(str(message))

    def __repr__(self) -> str:
        return (
            f"LambdaContext([aws_request_id={self.aws_request_id},log_group_name={self.log_group_name},"
            f"log_stream_name={self.log_stream_name},function_name={self.function_name},"
            f"memory_limit_in_mb={self.memory_limit_in_mb},function_version={self.function_version},"
            f"invoked_function_arn={self.invoked_function_arn},client_context={self.client_context},"
            f"identity={self.identity},tenant_id={self.tenant_id}])"
        )
