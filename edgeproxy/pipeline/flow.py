"""The way of a request (design section 2): read it top to bottom. Branches only skip forward."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from edgeproxy.cloudfront import conditional, forwarding
from edgeproxy.cloudfront.cache_key import CacheKey, cache_key
from edgeproxy.cloudfront.distribution import Behavior, Distribution
from edgeproxy.cloudfront.failures import OF_FUNCTION_FAULT, Failure, FailureKind, of_origin
from edgeproxy.cloudfront.freshness import Refuse, storage
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.limits import FUNCTION_BODY
from edgeproxy.cloudfront.origin import EffectiveOrigin, OriginFailure
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.cloudfront.viewer_policy import check_behavior, check_request
from edgeproxy.cloudfront.viewer_response import EdgeIdentity, edit_origin_response, finish
from edgeproxy.errors import InternalError
from edgeproxy.events.decode import Answer, GoOn, Rejected, decode
from edgeproxy.events.encode import Event, EventConfig, GivenBody
from edgeproxy.function import Fault, Function, Invocation
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from edgeproxy.pipeline.steps import (
    Absent,
    Answered,
    BodyBroken,
    BodyRead,
    Fail,
    Fetch,
    Fetched,
    Flow,
    Found,
    Invoke,
    LookUp,
    ReadBody,
    Send,
    Skip,
    Store,
    Storing,
    Warn,
)


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One viewer request and what holds while it is answered."""

    request_id: str
    """As `X-Amz-Cf-Id` and `config.requestId` show it (LE-51)."""
    request: Request
    distribution: Distribution
    identity: EdgeIdentity
    at: float
    """Epoch seconds at which the request arrived."""
    profile: Profile = LATEST


class Obtained(msgspec.Struct, frozen=True):
    """A response made beyond the cache: by the origin, or by a function in its place."""

    response: Response
    at: float
    origin_status: int | None
    """The status before origin-response; None when origin-request generated the response."""


def serve(visit: Visit) -> Flow[None]:
    """Answer one viewer request. Never raises for any request or outcome of a step."""
    request = visit.request
    refused = check_request(request, visit.distribution, visit.profile)
    if refused is not None:
        yield from refuse(visit, refused)
        return
    behavior = visit.distribution.match(request.path)
    answer = check_behavior(request, behavior)
    if isinstance(answer, Failure):
        yield from refuse(visit, answer)
        return
    if answer is not None:
        yield from send(visit, answer, "Redirect", visit.at)
        return

    after = yield from viewer_request(visit, behavior)
    if isinstance(after, Failure):
        yield from refuse(visit, after)
        return
    if isinstance(after, Response):
        # Nothing else runs, and nothing is stored.
        yield from skip(behavior, NOT_AFTER_VIEWER_REQUEST, "viewer-request generated the response", "LE-14")
        yield from send(visit, after, "LambdaGeneratedResponse", visit.at)
        return
    request = with_default_root(after, visit.distribution)

    key = key_for(request, behavior, visit.distribution)
    entry_response, at, age = yield from look_up(key, visit.at)
    if entry_response is not None:
        yield from skip(behavior, ORIGIN_HOOKS, "answered from the cache", "LE-9")
        result = "Error" if entry_response.status >= 400 else "Hit"
        deciding_status = entry_response.status
        response = conditional.answer(request, entry_response)
    else:
        obtained = yield from attempt(visit, behavior, request, at)
        if isinstance(obtained, Failure):
            yield from refuse(visit, obtained)
            return
        at = obtained.at
        result = result_of_fetch(obtained)
        deciding_status = status_for_viewer_response(obtained, visit.profile)
        response = yield from store(obtained, request, behavior, key)

    final = yield from viewer_response(visit, behavior, after, response, deciding_status, age)
    if isinstance(final, Failure):
        yield from refuse(visit, final)
        return
    yield from send(visit, final, result, at, age)


# --- stages, in the order of the line -------------------------------------------------------------------------------

NOT_AFTER_VIEWER_REQUEST = (Hook.ORIGIN_REQUEST, Hook.ORIGIN_RESPONSE, Hook.VIEWER_RESPONSE)
ORIGIN_HOOKS = (Hook.ORIGIN_REQUEST, Hook.ORIGIN_RESPONSE)


def viewer_request(visit: Visit, behavior: Behavior) -> Flow[Request | Response | Failure]:
    """Run viewer-request: the request to go on with, or the response it generated."""
    association = behavior.functions.get(Hook.VIEWER_REQUEST)
    if association is None:
        return visit.request
    request, body = visit.request, None
    if association.include_body:
        given = yield from given_body(Hook.VIEWER_REQUEST, request)
        if isinstance(given, Failure):
            return given
        request, body = given
    event = Event(hook=Hook.VIEWER_REQUEST, config=event_config(visit), request=request, body=body)
    decoded = yield from invoke(visit, association.function, event)
    if isinstance(decoded, GoOn):
        return with_body_length(decoded)
    return decoded.response if isinstance(decoded, Answer) else decoded


def with_default_root(request: Request, distribution: Distribution) -> Request:
    """`/` becomes the default root object, after viewer-request (CF-24 to CF-28, LE-43)."""
    if request.path == "/" and distribution.default_root_object:
        return msgspec.structs.replace(request, path=f"/{distribution.default_root_object}")
    return request


def key_for(request: Request, behavior: Behavior, distribution: Distribution) -> CacheKey | None:
    """The cache key, or None when the behaviour cannot have an answer in the cache (CF-131, CF-149, CF-150)."""
    if request.method not in behavior.cached_methods or behavior.cache_policy.caching_disabled:
        return None
    return cache_key(request, behavior, distribution.domain_name)


def look_up(key: CacheKey | None, at: float) -> Flow[tuple[Response | None, float, int | None]]:
    """A fresh stored response or None; the time; the response's age in seconds."""
    if key is None:
        return None, at, None
    found = yield LookUp(key)
    if isinstance(found, Found):
        if found.entry.is_fresh(found.at):
            return found.entry.response(), found.at, found.entry.age(found.at)
        return None, found.at, None
    return None, told(found, Absent).at, None


def attempt(visit: Visit, behavior: Behavior, request: Request, at: float) -> Flow[Obtained | Failure]:
    """Origin-request, the origin, origin-response."""
    configured = behavior.origin
    origin: EffectiveOrigin = configured.effective(request.viewer.scheme)
    outgoing = forwarding.origin_request_view(request, behavior, origin, visit.identity.via_host)
    association = behavior.functions.get(Hook.ORIGIN_REQUEST)
    if association is not None:
        body = None
        if association.include_body:
            given = yield from given_body(Hook.ORIGIN_REQUEST, outgoing)
            if isinstance(given, Failure):
                return given
            outgoing, body = given
        event = Event(hook=Hook.ORIGIN_REQUEST, config=event_config(visit), request=outgoing, origin=origin, body=body)
        decoded = yield from invoke(visit, association.function, event)
        if isinstance(decoded, Failure):
            return decoded
        if isinstance(decoded, Answer):
            yield from skip(behavior, (Hook.ORIGIN_RESPONSE,), "origin-request generated the response", "LE-15")
            return Obtained(decoded.response, at, None)
        outgoing = with_body_length(decoded)
        origin = decoded.origin or origin
    addressed = forwarding.to_origin(outgoing, origin, configured, visit.request_id)
    if isinstance(addressed, Failure):
        return addressed
    fetched = yield Fetch(addressed)
    if isinstance(fetched, OriginFailure):
        return of_origin(fetched)
    arrived = told(fetched, Fetched)
    return (yield from origin_response(visit, behavior, outgoing, origin, arrived))


def origin_response(
    visit: Visit, behavior: Behavior, request: Request, origin: EffectiveOrigin, fetched: Fetched
) -> Flow[Obtained | Failure]:
    """Run origin-response on what the origin sent, whatever its status (LE-8)."""
    response = edit_origin_response(fetched.response, behavior)
    association = behavior.functions.get(Hook.ORIGIN_RESPONSE)
    if association is not None:
        event = Event(
            hook=Hook.ORIGIN_RESPONSE,
            config=event_config(visit),
            request=request,
            origin=origin,
            response=response,
        )
        decoded = yield from invoke(visit, association.function, event)
        if isinstance(decoded, Failure):
            return decoded
        response = told(decoded, Answer).response
    return Obtained(response, fetched.at, fetched.response.status)


def store(obtained: Obtained, request: Request, behavior: Behavior, key: CacheKey | None) -> Flow[Response]:
    """Begin to store the response, or record why it is not stored."""
    decision = storage(request.method, obtained.response, behavior, obtained.at)
    assert key is not None or isinstance(decision, Refuse), "what has no key is never stored"
    outcome = yield Store(obtained.response, decision, None if isinstance(decision, Refuse) else key)
    return outcome.response if isinstance(outcome, Storing) else obtained.response


def viewer_response(
    visit: Visit, behavior: Behavior, request: Request, response: Response, deciding_status: int, age: int | None
) -> Flow[Response | Failure]:
    """Run viewer-response, unless the rules say it is skipped (LE-11)."""
    association = behavior.functions.get(Hook.VIEWER_RESPONSE)
    if association is None:
        return response
    if deciding_status >= 400:
        yield from skip(behavior, (Hook.VIEWER_RESPONSE,), f"the status is {deciding_status}", "LE-11")
        return response
    if age is not None:
        # LE-114: on a hit the function sees `age`.
        response = msgspec.structs.replace(response, headers=response.headers.replaced("Age", str(age)))
    seen = visit.request if visit.profile.choice("LE-61") == "before-viewer-request" else request
    event = Event(hook=Hook.VIEWER_RESPONSE, config=event_config(visit), request=seen, response=response)
    decoded = yield from invoke(visit, association.function, event)
    return decoded if isinstance(decoded, Failure) else told(decoded, Answer).response


def send(visit: Visit, response: Response, result: str, at: float, age: int | None = None) -> Flow[None]:
    """The headers that the edge adds, then the viewer."""
    finished = finish(
        response,
        x_cache=f"{result} from cloudfront",
        request_id=visit.request_id,
        identity=visit.identity,
        now=at,
        age=age,
    )
    yield Send(finished, result)


def refuse(visit: Visit, failure: Failure) -> Flow[None]:
    """Fail closed: the documented answer, never the unmodified request or response (LE-196)."""
    answered = told((yield Fail(failure)), Answered)
    yield from send(visit, answered.response, failure.row.result_type, visit.at)


# --- what the stages share ------------------------------------------------------------------------------------------


def event_config(visit: Visit) -> EventConfig:
    """`cf.config` without the event type (LE-48 to LE-51)."""
    return EventConfig(visit.distribution.domain_name, visit.distribution.id, visit.request_id)


def given_body(hook: Hook, request: Request) -> Flow[tuple[Request, GivenBody] | Failure]:
    """The request with its body still whole, and the body as Include Body shows it (LE-63 to LE-66)."""
    outcome = yield ReadBody(request.body, FUNCTION_BODY[hook])
    if isinstance(outcome, BodyBroken):
        return Failure(kind=FailureKind.VIEWER_BODY, detail=outcome.message, rule="CF-57")
    read = told(outcome, BodyRead)
    return msgspec.structs.replace(request, body=read.body), GivenBody(read.data, read.truncated)


def invoke(visit: Visit, function: Function, event: Event) -> Flow[GoOn | Answer | Failure]:
    """Invoke a function and judge its result (LE-222)."""
    invocation = told((yield Invoke(function, event)), Invocation)
    result = invocation.result
    if isinstance(result, Fault):
        return of_fault(result, function, event.hook)
    decoded = decode(event, result.value, visit.profile)
    if isinstance(decoded, Rejected):
        first = decoded.violations[0]
        return Failure(
            kind=FailureKind.VALIDATION,
            detail=first.message,
            rule=first.rule,
            field=first.field,
            value=first.value,
            hint=first.hint,
            sentence=first.sentence,
            hook=event.hook,
            function=function.name,
        )
    if decoded.warnings:
        yield Warn(event.hook, function.name, decoded.warnings)
    return decoded


def of_fault(fault: Fault, function: Function, hook: Hook) -> Failure:
    """The failure that a fault of a function is to the viewer (LE-192 to LE-195)."""
    kind = OF_FUNCTION_FAULT[fault.kind]
    return Failure(
        kind=kind,
        detail=f"{fault.error_type}: {fault.message}" if fault.message else fault.error_type,
        rule=RULE_OF_FAULT[kind],
        hook=hook,
        function=function.name,
        error_type=fault.error_type,
    )


RULE_OF_FAULT = {
    FailureKind.EXECUTION: "LE-193",
    FailureKind.TIMEOUT: "LE-195",
    FailureKind.LIMIT: "LE-194",
    FailureKind.VALIDATION: "LE-308",
}


def with_body_length(result: GoOn) -> Request:
    """The request a function returned; the length of a body that it replaced is the edge's to say (LE-137)."""
    request = result.request
    if not result.replaced_body:
        return request
    headers = request.headers.without({"transfer-encoding"}).replaced("Content-Length", str(request.body.length))
    return msgspec.structs.replace(request, headers=headers)


def skip(behavior: Behavior, hooks: tuple[Hook, ...], reason: str, rule: str) -> Flow[None]:
    """Record which attached functions the rules leave out."""
    functions = behavior.functions
    left_out = tuple((hook, functions[hook].function.name) for hook in hooks if hook in functions)
    if left_out:
        yield Skip(left_out, reason, rule)


def result_of_fetch(obtained: Obtained) -> str:
    """What `X-Cache` says of a response that did not come from the cache (LE-208, LE-209)."""
    if obtained.origin_status is None:
        return "LambdaGeneratedResponse"
    return "Error" if obtained.origin_status >= 400 else "Miss"


def status_for_viewer_response(obtained: Obtained, profile: Profile) -> int:
    """The status that decides whether viewer-response runs (LE-11, LE-16, LE-17)."""
    if obtained.origin_status is not None and profile.choice("LE-17") == "before-origin-response":
        return obtained.origin_status
    return obtained.response.status


Told = TypeVar("Told")


def told(outcome: object, expected: type[Told]) -> Told:
    """Narrow an outcome to what the step can have. Anything else is a bug of the driver."""
    if not isinstance(outcome, expected):
        raise InternalError(f"expected {expected.__name__}, was told {outcome!r}")
    return outcome
