from __future__ import annotations

import pytest

from edgeproxy.function import Fault, FaultKind, Function, Invocation, Report, Returned


@pytest.mark.rule("LE-280")
@pytest.mark.rule("LE-288")
def test_the_name_at_the_edge() -> None:
    assert Function(name="auth", code="/f", handler="index.handler").replica_name == "us-east-1.auth"


def test_a_function_is_a_numbered_version() -> None:
    assert Function(name="auth", code="/f", handler="index.handler").version == 1


@pytest.mark.parametrize("result", [Returned({"status": "200"}), Fault(FaultKind.ERROR, "ValueError", "no")])
def test_an_invocation_has_a_result_or_a_fault_and_always_a_report(result: Returned | Fault) -> None:
    invocation = Invocation(result)
    assert invocation.result == result
    assert invocation.report == Report()
    assert not invocation.report.cold
