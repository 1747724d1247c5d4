from __future__ import annotations

import msgspec

from edgeproxy.observe.story import Changed, Failed, StepStory


def test_a_step_has_the_fields_of_the_format_always_and_others_when_they_say_something() -> None:
    step = StepStory(
        step="LookUp",
        hook=None,
        function=None,
        version=None,
        cold=None,
        started_ms=1.0,
        duration_ms=2.0,
        outcome="absent",
        diff=(),
        failure=None,
        logs=(),
    )
    always = ["step", "hook", "function", "version", "cold", "started_ms", "duration_ms"]
    always += ["outcome", "diff", "failure", "logs"]
    assert list(msgspec.to_builtins(step)) == always
    skipped = msgspec.structs.replace(step, reason="answered from the cache", rule="LE-9")
    assert list(msgspec.to_builtins(skipped)) == [*always, "reason", "rule"]


def test_the_kind_of_a_failure_is_its_class() -> None:
    failure = Failed("limit", "LE-194", "", "", "m", "", None, None, "", (), 503, "LambdaLimitExceeded")
    assert msgspec.to_builtins(failure)["class"] == "limit"


def test_a_null_is_told_from_nothing() -> None:
    assert msgspec.to_builtins(Changed("uri", "/a", None)) == {"path": "uri", "before": "/a", "after": None}
    assert msgspec.to_builtins(Changed("uri", "/a", msgspec.UNSET)) == {"path": "uri", "before": "/a"}
