"""The JSON of a trace (design section 8): for machines, and a contract."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from edgeproxy.observe.telling import tell
from edgeproxy.pipeline.trace import Trace


def to_json(trace: Trace, *, reveal: bool = False) -> dict[str, Any]:
    """A trace as plain JSON values.

    `{id, request, response:{status,headers}, cache:{result,reason,rule}, steps:[{step,hook,function,version,cold,
    started_ms,duration_ms,outcome,diff:[{path,before,after}],failure:{class,rule,field,message},logs}]}` and more;
    `story.Story` says what each field means. Headers are a list of `[name, value]`, times are in milliseconds;
    `before` is null for what a function added, `after` for what it took away.

    :param reveal: show the values of the viewer's `Authorization`, `Cookie` and `Set-Cookie`. Those of an origin's
        custom headers are masked always.
    """
    # By way of text, so that tuples become lists.
    story: dict[str, Any] = json.loads(json.dumps(msgspec.to_builtins(tell(trace, reveal=reveal))))
    for step in story["steps"]:
        for change in step["diff"]:
            change.setdefault("before", None)
            change.setdefault("after", None)
    return story
