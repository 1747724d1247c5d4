"""Which step a failure is about: the flow tells it in the `Fail` that follows."""

from __future__ import annotations

from collections.abc import Sequence

from edgeproxy.cloudfront.failures import Failure
from edgeproxy.cloudfront.origin import OriginFailure
from edgeproxy.pipeline.steps import BodyBroken, Fail, Invoke
from edgeproxy.pipeline.trace import Record


def blame(records: Sequence[Record], index: int) -> Failure | None:
    """The failure that the step at `index` ended in; None when it did not fail.

    A result that could not be used (LE-192) is a failure of its `Invoke`, although the invocation itself succeeded.
    """
    if not 0 <= index < len(records) - 1:
        return None
    record, following = records[index], records[index + 1].step
    if not isinstance(following, Fail):
        return None
    failure = following.failure
    if isinstance(record.step, Invoke):
        return failure if failure.hook is record.step.hook else None
    return failure if isinstance(record.outcome, OriginFailure | BodyBroken) else None
