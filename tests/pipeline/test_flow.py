"""The way of a request, as scripts of steps and outcomes: every branch of the line."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.failures import FailureKind
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import Origin, OriginFailure, OriginFault
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.errors import InternalError
from edgeproxy.function import FaultKind
from edgeproxy.messages.body import Stream, read
from edgeproxy.messages.request import Viewer
from edgeproxy.pipeline.flow import serve
from edgeproxy.pipeline.steps import NOTED, BodyBroken, BodyRead, Fetch, Invoke, Send, Warn
from tests.pipeline.script import (
    Script,
    a_behavior,
    a_distribution,
    a_page,
    a_request,
    a_visit,
    absent,
    answered,
    begun,
    changed,
    failed,
    fails,
    fetches,
    found,
    invokes,
    looks_up,
    managed_cache_policy,
    reads_body,
    returned,
    sends,
    skips,
    stores,
    stores_nothing,
    unchanged,
    with_header,
)
from tests.strategies import requests

ALL: dict[str, Any] = {
    "viewer_request": "vreq",
    "origin_request": "oreq",
    "origin_response": "oresp",
    "viewer_response": "vresp",
}
VREQ, OREQ, ORESP, VRESP = Hook


def test_a_request_without_functions_goes_to_the_origin_and_into_the_cache() -> None:
    (
        Script(serve(a_visit("/a")))
        << looks_up("/a")
        >> absent
        << fetches("/v2/a", headers={"host": "www.example.test", "user-agent": None})
        >> answered(200, b"hi", Cache_Control="max-age=60")
        << stores(ttl=60)
        >> begun
        << sends(200, "Miss", body=b"hi", headers={"age": None})
    ).ends()


@pytest.mark.rule("LE-1")
@pytest.mark.rule("LE-3")
@pytest.mark.rule("CF-34")
def test_a_miss_runs_the_four_hooks_in_order() -> None:
    (
        Script(serve(a_visit("/a", **ALL)))
        << invokes(VREQ, "vreq")
        >> with_header("X-From-Vreq", "1")
        << looks_up()
        >> absent
        << invokes(OREQ, "oreq")
        >> with_header("X-From-Oreq", "2")
        << fetches("/v2/a", headers={"x-from-vreq": "1", "x-from-oreq": "2"})
        >> answered(200, Cache_Control="max-age=60")
        << invokes(ORESP, "oresp")
        >> with_header("X-From-Oresp", "3")
        << stores(ttl=60)
        >> begun
        << invokes(VRESP, "vresp")
        >> with_header("X-From-Vresp", "4")
        << sends(200, "Miss", headers={"x-from-oresp": "3", "x-from-vresp": "4"})
    ).ends()


@pytest.mark.rule("LE-5")
@pytest.mark.rule("LE-7")
@pytest.mark.rule("LE-9")
@pytest.mark.rule("LE-10")
def test_a_fresh_hit_runs_only_the_viewer_hooks() -> None:
    (
        Script(serve(a_visit("/a", **ALL)))
        << invokes(VREQ, "vreq")
        >> unchanged
        << looks_up()
        >> found(age=37)
        << skips(OREQ, ORESP, rule="LE-9")
        >> NOTED
        << invokes(VRESP, "vresp")
        >> unchanged
        << sends(200, "Hit", headers={"age": "37"}, body=b"stored")
    ).ends()


@pytest.mark.rule("LE-114")
def test_viewer_response_sees_the_age_of_a_hit() -> None:
    script = Script(serve(a_visit("/a", viewer_response="vresp"))) << looks_up() >> found(age=37)
    assert isinstance(script.step, Invoke)
    assert script.step.event.subject()["headers"]["age"] == [{"key": "Age", "value": "37"}]


def test_a_stale_response_is_fetched_anew() -> None:
    (
        Script(serve(a_visit("/a")))
        << looks_up()
        >> found(age=100, fresh_for=-1)
        << fetches("/v2/a")
        >> answered(200, Cache_Control="max-age=60")
        << stores()
        >> begun
        << sends(200, "Miss")
    ).ends()


@pytest.mark.rule("CF-171")
def test_a_hit_has_an_age_and_a_miss_has_none() -> None:
    (Script(serve(a_visit())) << looks_up() >> found(age=5) << sends(200, "Hit", headers={"age": "5"})).ends()


@pytest.mark.rule("CF-168")
def test_a_hit_answers_the_viewer_s_condition() -> None:
    request = a_request(If_None_Match='"v1"')
    (
        Script(serve(a_visit(request)))
        << looks_up()
        >> found(ETag='"v1"')
        << sends(304, "Hit", body=b"", headers={"etag": '"v1"'})
    ).ends()


# --- viewer-request -------------------------------------------------------------------------------------------------


@pytest.mark.rule("LE-14")
@pytest.mark.rule("LE-208")
@pytest.mark.parametrize("status", ["200", "301", "401", "503"])
def test_a_response_from_viewer_request_ends_the_line(status: str) -> None:
    (
        Script(serve(a_visit(**ALL)))
        << invokes(VREQ, "vreq")
        >> returned({"status": status, "body": "no"})
        << skips(OREQ, ORESP, VRESP, rule="LE-14")
        >> NOTED
        << sends(int(status), "LambdaGeneratedResponse", body=b"no")
    ).ends()


@pytest.mark.rule("LE-4")
@pytest.mark.rule("CF-33")
def test_a_new_uri_does_not_select_another_behavior() -> None:
    api = a_behavior(path_pattern="/api/*", viewer_request="api")
    default = a_behavior(viewer_request="vreq")
    (
        Script(serve(a_visit(distribution=a_distribution(default, behaviors=(api,)))))
        << invokes(VREQ, "vreq")
        >> changed(uri="/api/x")
        << looks_up("/api/x")
        >> absent
        << fetches("/v2/api/x")
    )


@pytest.mark.rule("LE-6")
@pytest.mark.rule("CF-74")
def test_the_key_is_computed_from_what_viewer_request_left() -> None:
    script = (
        Script(serve(a_visit("/a", viewer_request="vreq")))
        << invokes(VREQ, "vreq")
        >> changed(uri="/b", querystring="q=1")
        << looks_up("/b")
    )
    assert "q=1" in repr(script.step)


@pytest.mark.rule("LE-43")
@pytest.mark.rule("CF-24")
@pytest.mark.rule("CF-28")
def test_the_default_root_object_comes_after_viewer_request() -> None:
    distribution = a_distribution(
        a_behavior(viewer_request="vreq", origin_request="oreq"), default_root_object="index.html"
    )
    script = Script(serve(a_visit("/", distribution=distribution)))
    assert isinstance(script.step, Invoke)
    assert script.step.event.subject()["uri"] == "/"
    script = script >> unchanged << looks_up("/index.html") >> absent << invokes(OREQ, "oreq")
    assert isinstance(script.step, Invoke)
    assert script.step.event.subject()["uri"] == "/index.html"


@pytest.mark.rule("CF-24")
@pytest.mark.parametrize("path", ["//", "/dir/", "/index.html"])
def test_only_the_root_has_a_default_object(path: str) -> None:
    distribution = a_distribution(default_root_object="home.html")
    Script(serve(a_visit(path, distribution=distribution))) << looks_up(path)


# --- origin-request -------------------------------------------------------------------------------------------------


@pytest.mark.rule("LE-15")
@pytest.mark.rule("LE-16")
@pytest.mark.rule("CF-299")
def test_a_response_from_origin_request_is_stored_and_skips_the_origin() -> None:
    (
        Script(serve(a_visit(**ALL)))
        << invokes(VREQ, "vreq")
        >> unchanged
        << looks_up()
        >> absent
        << invokes(OREQ, "oreq")
        >> returned({"status": 200, "headers": {"cache-control": [{"value": "max-age=9"}]}, "body": "made"})
        << skips(ORESP, rule="LE-15")
        >> NOTED
        << stores(ttl=9)
        >> begun
        << invokes(VRESP, "vresp")
        >> unchanged
        << sends(200, "LambdaGeneratedResponse", body=b"made")
    ).ends()


@pytest.mark.rule("LE-16")
def test_an_error_from_origin_request_skips_viewer_response() -> None:
    (
        Script(serve(a_visit(origin_request="oreq", viewer_response="vresp")))
        << looks_up()
        >> absent
        << invokes(OREQ, "oreq")
        >> returned({"status": "403"})
        << stores_nothing()
        >> NOTED
        << skips(VRESP, rule="LE-11")
        >> NOTED
        << sends(403, "LambdaGeneratedResponse")
    ).ends()


@pytest.mark.rule("LE-141")
@pytest.mark.rule("LE-143")
def test_origin_request_may_point_elsewhere() -> None:
    custom = {
        "domainName": "other.example.test",
        "port": 8443,
        "protocol": "https",
        "path": "/new",
        "sslProtocols": ["TLSv1.2"],
        "readTimeout": 10,
        "keepaliveTimeout": 3,
        "customHeaders": {},
    }
    script = (
        Script(serve(a_visit(origin_request="oreq")))
        << looks_up()
        >> absent
        << invokes(OREQ, "oreq")
        >> changed(origin={"custom": custom})
        << fetches("/new/a", headers={"host": "www.example.test"})
    )
    assert isinstance(script.step, Fetch)
    assert script.step.request.origin.domain_name == "other.example.test"


# --- the body -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("LE-63")
@pytest.mark.rule("LE-65")
@pytest.mark.rule("LE-68")
def test_include_body_shows_the_front_and_the_origin_gets_the_whole() -> None:
    body = Stream([b"x" * 30_000, b"y" * 30_000], 60_000)
    request = a_request(method="POST", body=body, Content_Length="60000")
    script = Script(serve(a_visit(request, viewer_request="vreq", include_body=("viewer_request",)))) << reads_body(
        40 * 1024
    )
    script = script >> BodyRead(b"x" * 40_960, truncated=True, body=body)
    assert isinstance(script.step, Invoke)
    assert script.step.event.subject()["body"]["inputTruncated"] is True
    script = script >> unchanged << fetches("/v2/a", method="POST", headers={"content-length": "60000"})
    assert isinstance(script.step, Fetch)
    assert script.step.request.body is body


@pytest.mark.rule("LE-67")
@pytest.mark.rule("LE-133")
@pytest.mark.rule("LE-137")
@pytest.mark.rule("LE-139")
def test_a_body_replaced_by_viewer_request_is_what_origin_request_and_the_origin_get() -> None:
    request = a_request(method="POST", body=b"old body")
    script = (
        Script(serve(a_visit(request, viewer_request="vreq", origin_request="oreq", include_body=("origin_request",))))
        << invokes(VREQ, "vreq")
        >> changed(body={"action": "replace", "encoding": "text", "data": "new"})
        << reads_body(1024 * 1024)
        >> BodyRead(b"new", truncated=False, body=Stream([b"new"], 3))
        << invokes(OREQ, "oreq")
    )
    assert isinstance(script.step, Invoke)
    assert script.step.event.subject()["headers"]["content-length"] == [{"key": "Content-Length", "value": "3"}]
    script = script >> unchanged << fetches("/v2/a", method="POST", headers={"content-length": "3"})
    assert isinstance(script.step, Fetch)
    assert read(script.step.request.body) == b"new"


def test_a_body_that_breaks_off_is_the_viewer_s_failure() -> None:
    request = a_request(method="POST", body=Stream([]), Content_Length="9")
    (
        Script(serve(a_visit(request, viewer_request="vreq", include_body=("viewer_request",))))
        << reads_body(40 * 1024)
        >> BodyBroken("the viewer sent 3 of 9 bytes")
        << fails(FailureKind.VIEWER_BODY)
        >> a_page
        << sends(400, "Error")
    ).ends()


def test_a_body_that_breaks_off_before_origin_request() -> None:
    request = a_request(method="POST", body=Stream([]), Content_Length="9")
    (
        Script(serve(a_visit(request, origin_request="oreq", include_body=("origin_request",))))
        << reads_body(1024 * 1024)
        >> BodyBroken("gone")
        << fails(FailureKind.VIEWER_BODY)
        >> a_page
        << sends(400, "Error")
    ).ends()


# --- origin-response and viewer-response ----------------------------------------------------------------------------


@pytest.mark.rule("LE-8")
@pytest.mark.rule("LE-11")
@pytest.mark.rule("CF-35")
@pytest.mark.rule("CF-301")
@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_error_of_the_origin_runs_origin_response_but_not_viewer_response(status: int) -> None:
    (
        Script(serve(a_visit(method_of("POST"), origin_response="oresp", viewer_response="vresp")))
        << fetches("/v2/a", method="POST")
        >> answered(status)
        << invokes(ORESP, "oresp")
        >> unchanged
        << stores_nothing()
        >> NOTED
        << skips(VRESP, rule="LE-11")
        >> NOTED
        << sends(status, "Error")
    ).ends()


def method_of(method: str) -> Any:
    return a_request(method=method)


@pytest.mark.rule("LE-17")
@pytest.mark.rule("LE-209")
def test_the_status_after_origin_response_decides_about_viewer_response() -> None:
    visit = a_visit(method_of("POST"), origin_response="oresp", viewer_response="vresp")
    script = (
        Script(serve(visit))
        << fetches("/v2/a", method="POST")
        >> answered(404)
        << invokes(ORESP, "oresp")
        >> changed(status="200", statusDescription="OK")
        << stores_nothing()
        >> NOTED
    )
    (script << invokes(VRESP, "vresp") >> unchanged << sends(200, "Error")).ends()


@pytest.mark.rule("LE-17")
@pytest.mark.rule("LE-400")
def test_or_the_status_before_it_by_choice() -> None:
    profile = Profile(uncertain={"LE-17": "before-origin-response"})
    visit = a_visit(method_of("POST"), profile=profile, origin_response="oresp", viewer_response="vresp")
    (
        Script(serve(visit))
        << fetches("/v2/a", method="POST")
        >> answered(404)
        << invokes(ORESP, "oresp")
        >> changed(status="200")
        << stores_nothing()
        >> NOTED
        << skips(VRESP, rule="LE-11")
        >> NOTED
        << sends(200, "Error")
    ).ends()


@pytest.mark.rule("LE-11")
@pytest.mark.rule("CF-279")
def test_a_stored_error_is_an_error_and_skips_viewer_response() -> None:
    (
        Script(serve(a_visit(viewer_response="vresp")))
        << looks_up()
        >> found(404)
        << skips(VRESP, rule="LE-11")
        >> NOTED
        << sends(404, "Error")
    ).ends()


@pytest.mark.rule("LE-12")
def test_what_is_stored_is_the_result_of_origin_response_and_never_of_viewer_response() -> None:
    script = (
        Script(serve(a_visit(origin_response="oresp", viewer_response="vresp")))
        << looks_up()
        >> absent
        << fetches("/v2/a")
        >> answered(200, Cache_Control="max-age=60")
        << invokes(ORESP, "oresp")
        >> with_header("X-Stored", "1")
        << stores()
    )
    stored = script.step
    script = script >> begun << invokes(VRESP, "vresp") >> with_header("X-Sent", "1")
    (script << sends(200, "Miss", headers={"x-stored": "1", "x-sent": "1"})).ends()
    assert stored is not None
    assert "X-Stored" in repr(stored)
    assert "X-Sent" not in repr(stored)


@pytest.mark.rule("LE-61")
@pytest.mark.rule("LE-410")
@pytest.mark.parametrize(("choice", "uri"), [("after-viewer-request", "/changed"), ("before-viewer-request", "/a")])
def test_the_request_that_viewer_response_sees(choice: str, uri: str) -> None:
    visit = a_visit("/a", profile=Profile(uncertain={"LE-61": choice}), viewer_request="vreq", viewer_response="vresp")
    script = Script(serve(visit)) >> changed(uri="/changed") << looks_up() >> found() << invokes(VRESP, "vresp")
    assert isinstance(script.step, Invoke)
    assert script.step.event.build()["Records"][0]["cf"]["request"]["uri"] == uri


# --- the cache ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("LE-23")
@pytest.mark.rule("CF-149")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_never_meet_the_cache(method: str) -> None:
    (
        Script(serve(a_visit(method_of(method))))
        << fetches("/v2/a", method=method)
        >> answered(200, Cache_Control="max-age=60")
        << stores_nothing()
        >> NOTED
        << sends(200, "Miss")
    ).ends()


@pytest.mark.rule("LE-22")
@pytest.mark.rule("CF-150")
def test_options_meets_the_cache_only_where_the_behavior_says_so() -> None:
    Script(serve(a_visit(method_of("OPTIONS")))) << fetches("/v2/a", method="OPTIONS")
    cached = frozenset({"GET", "HEAD", "OPTIONS"})
    Script(serve(a_visit(method_of("OPTIONS"), cached_methods=cached))) << looks_up()


@pytest.mark.rule("CF-131")
def test_nothing_is_looked_up_where_caching_is_disabled() -> None:
    (
        Script(serve(a_visit(cache_policy=managed_cache_policy("CachingDisabled"))))
        << fetches("/v2/a")
        >> answered(200, Cache_Control="max-age=60")
        << stores_nothing("CF-131")
        >> NOTED
        << sends(200, "Miss")
    ).ends()


def test_an_object_that_cannot_be_stored_is_passed_on() -> None:
    """The driver answers `NOTED` when the object is larger than the store takes."""
    (
        Script(serve(a_visit()))
        << looks_up()
        >> absent
        << fetches("/v2/a")
        >> answered(200, b"large", Cache_Control="max-age=60")
        << stores()
        >> NOTED
        << sends(200, "Miss", body=b"large")
    ).ends()


# --- failures -------------------------------------------------------------------------------------------------------

UP_TO = {
    VREQ: lambda script: script,
    OREQ: lambda script: script >> unchanged << looks_up() >> absent,
    ORESP: lambda script: (
        script >> unchanged << looks_up() >> absent >> unchanged << fetches("/v2/a") >> answered(200, ETag='"1"')
    ),
    VRESP: lambda script: (
        script
        >> unchanged
        << looks_up()
        >> absent
        >> unchanged
        << fetches("/v2/a")
        >> answered(200, ETag='"1"')
        >> unchanged
        << stores_nothing()
        >> NOTED
    ),
}
"""How a script comes to each hook."""

FAULTS = [
    pytest.param(FaultKind.ERROR, FailureKind.EXECUTION, 503, "LambdaExecutionError", marks=pytest.mark.rule("LE-193")),
    pytest.param(FaultKind.EXIT, FailureKind.EXECUTION, 503, "LambdaExecutionError", marks=pytest.mark.rule("LE-311")),
    pytest.param(
        FaultKind.MARSHAL, FailureKind.EXECUTION, 503, "LambdaExecutionError", marks=pytest.mark.rule("LE-224")
    ),
    pytest.param(FaultKind.TIMEOUT, FailureKind.TIMEOUT, 503, "LambdaExecutionError", marks=pytest.mark.rule("LE-195")),
    pytest.param(FaultKind.THROTTLE, FailureKind.LIMIT, 503, "LambdaLimitExceeded", marks=pytest.mark.rule("LE-194")),
    pytest.param(
        FaultKind.NOT_JSON, FailureKind.VALIDATION, 502, "LambdaValidationError", marks=pytest.mark.rule("LE-308")
    ),
]


@pytest.mark.rule("LE-45")
@pytest.mark.rule("LE-196")
@pytest.mark.parametrize("hook", Hook)
@pytest.mark.parametrize(("fault", "kind", "status", "result"), FAULTS)
def test_a_function_that_fails_ends_the_request(
    hook: Hook, fault: FaultKind, kind: FailureKind, status: int, result: str
) -> None:
    script = UP_TO[hook](Script(serve(a_visit(**ALL)))) << invokes(hook, ALL[hook.value.replace("-", "_")])
    (script >> failed(fault) << fails(kind, hook=hook) >> a_page << sends(status, result)).ends()


@pytest.mark.rule("LE-192")
@pytest.mark.rule("LE-198")
@pytest.mark.parametrize("hook", Hook)
def test_a_result_that_breaks_a_rule_ends_the_request(hook: Hook) -> None:
    script = UP_TO[hook](Script(serve(a_visit(**ALL)))) << invokes(hook, ALL[hook.value.replace("-", "_")])
    (
        script
        >> with_header("Connection", "close")
        << fails(FailureKind.VALIDATION, rule="LE-172", hook=hook, field="headers.connection")
        >> a_page
        << sends(502, "LambdaValidationError", headers={"etag": None})
    ).ends()


@pytest.mark.rule("LE-307")
@pytest.mark.rule("LE-120")
@pytest.mark.parametrize("hook", Hook)
def test_no_result_at_all_ends_the_request(hook: Hook) -> None:
    script = UP_TO[hook](Script(serve(a_visit(**ALL)))) << invokes(hook, ALL[hook.value.replace("-", "_")])
    (script >> returned(None) << fails(FailureKind.VALIDATION) >> a_page << sends(502, "LambdaValidationError")).ends()


def test_a_lenient_profile_warns_and_goes_on() -> None:
    script = Script(serve(a_visit(viewer_request="vreq", profile=Profile(strict=False))))
    script = script >> changed(method="POST")
    assert isinstance(script.step, Warn)
    assert (script.step.function, script.step.hook) == ("vreq", VREQ)
    script << looks_up()


ORIGIN_FAULTS = [
    (OriginFault.DNS, 502),
    (OriginFault.CONNECT, 502),
    (OriginFault.CONNECT_TIMEOUT, 504),
    (OriginFault.CLOSED, 502),
    (OriginFault.READ_TIMEOUT, 504),
    (OriginFault.INVALID_RESPONSE, 502),
    (OriginFault.HEADERS_TOO_LARGE, 502),
    (OriginFault.TLS, 502),
    (OriginFault.WRITE, 502),
]


@pytest.mark.rule("CF-245")
@pytest.mark.parametrize(("fault", "status"), ORIGIN_FAULTS)
def test_an_origin_that_does_not_answer(fault: OriginFault, status: int) -> None:
    (
        Script(serve(a_visit(**ALL)))
        >> unchanged
        << looks_up()
        >> absent
        >> unchanged
        << fetches("/v2/a")
        >> OriginFailure(fault, "refused")
        << fails(FailureKind(f"origin-{fault.value}"))
        >> a_page
        << sends(status, "Error")
    ).ends()


def test_a_request_that_a_function_made_too_large_is_not_sent() -> None:
    large = {f"x-{number}": [{"key": f"X-{number}", "value": "v" * 1700}] for number in range(13)}
    (
        Script(serve(a_visit(origin_request="oreq")))
        << looks_up()
        >> absent
        << invokes(OREQ, "oreq")
        >> returned(lambda subject: {**subject, "headers": {**subject["headers"], **large}})
        << fails(FailureKind.ORIGIN_REQUEST_TOO_LARGE, rule="LE-191")
        >> a_page
        << sends(502, "Error")
    ).ends()


# --- before any function --------------------------------------------------------------------------------------------


@pytest.mark.rule("CF-36")
@pytest.mark.rule("LE-24")
def test_a_method_that_is_not_allowed_meets_no_function() -> None:
    visit = a_visit(method_of("DELETE"), allowed_methods=frozenset({"GET", "HEAD"}), **ALL)
    (Script(serve(visit)) << fails(FailureKind.METHOD_NOT_ALLOWED) >> a_page << sends(403, "Error")).ends()


@pytest.mark.rule("LE-25")
@pytest.mark.rule("CF-64")
@pytest.mark.rule("CF-302")
def test_a_redirect_to_https_meets_no_function() -> None:
    visit = a_visit(a_request("/a+b%20", "q=%41"), viewer_protocol_policy="redirect-to-https", **ALL)
    (
        Script(serve(visit)) << sends(301, "Redirect", headers={"location": "https://www.example.test/a+b%20?q=%41"})
    ).ends()


def test_a_request_that_is_no_good_meets_no_behavior() -> None:
    visit = a_visit(msgspec.structs.replace(a_request(), headers=a_request().headers.without({"host"})), **ALL)
    (Script(serve(visit)) << fails(FailureKind.BAD_REQUEST) >> a_page << sends(400, "Error")).ends()


# --- whatever comes -------------------------------------------------------------------------------------------------


@given(requests(), st.data())
def test_no_request_and_no_result_makes_the_flow_raise(request: Any, data: st.DataObject) -> None:
    values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=4)
    flow = serve(a_visit(request, **ALL))
    step = next(flow)
    for _ in range(20):
        if isinstance(step, Send):
            assert 200 <= step.response.status <= 599
            return
        match type(step).__name__:
            case "Invoke":
                mutated = data.draw(values)
                outcome: Any = data.draw(
                    st.sampled_from(
                        [unchanged, unchanged, changed(status="200"), changed(headers={}), returned(mutated)]
                    )
                )(step)
            case "LookUp":
                outcome = data.draw(st.sampled_from([absent, found(), found(fresh_for=-1), found(500)]))
            case "Fetch":
                outcome = data.draw(
                    st.sampled_from([answered(200), answered(404), answered(304), OriginFailure(OriginFault.DNS, "no")])
                )
            case "Store":
                outcome = begun(step)
            case "Fail":
                outcome = a_page(step)
            case _:
                outcome = NOTED
        step = flow.send(outcome)
    raise AssertionError("the flow does not end")


def test_a_driver_that_answers_wrongly_is_a_bug() -> None:
    flow = serve(a_visit())
    next(flow)
    with pytest.raises(InternalError, match="expected Absent, was told"):
        flow.send(NOTED)


def test_an_s3_origin_is_seen_as_one() -> None:
    bucket = Origin(id="assets", domain_name="my-assets.s3.eu-west-1.amazonaws.com", is_s3=True, region="eu-west-1")
    script = (
        Script(serve(a_visit(origin=bucket, origin_request="oreq"))) << looks_up() >> absent << invokes(OREQ, "oreq")
    )
    assert isinstance(script.step, Invoke)
    assert list(script.step.event.subject()["origin"]) == ["s3"]
    script >> unchanged << fetches("/a", headers={"host": "my-assets.s3.eu-west-1.amazonaws.com"})


def test_match_viewer_follows_the_viewer_s_scheme() -> None:
    origin = Origin(id="site", domain_name="origin.example.test")
    request = a_request(viewer=Viewer(scheme="https"))
    script = Script(serve(a_visit(request, origin=origin))) << looks_up() >> absent << fetches("/a")
    assert isinstance(script.step, Fetch)
    assert (script.step.request.origin.protocol, script.step.request.origin.port) == ("https", 443)  # type: ignore[union-attr]
