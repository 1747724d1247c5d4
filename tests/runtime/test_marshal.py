"""A handler's result as JSON."""

import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.function import Fault, FaultKind, Returned
from edgeproxy.runtime.marshal import RESPONSE_LIMIT, marshal


class Point(NamedTuple):
    x: object
    y: object


class Colour(enum.IntEnum):
    RED = 1


class Text(str):
    __slots__ = ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def returned(value: Any) -> Any:
    result = marshal(value)
    assert isinstance(result, Returned), result
    return result.value


def fault(value: Any) -> Fault:
    result = marshal(value)
    assert isinstance(result, Fault), result
    return result


@given(json_values)
def test_plain_json_comes_back_equal(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        assert fault(value).kind is FaultKind.MARSHAL
    else:
        assert returned(value) == value


@pytest.mark.rule("LE-300")
def test_the_result_shares_nothing_with_the_handler() -> None:
    inner = [{"key": "A", "value": "b"}]
    value = {"headers": {"a": inner}}
    result = returned(value)
    inner.append({"key": "A", "value": "later"})
    assert result == {"headers": {"a": [{"key": "A", "value": "b"}]}}


@pytest.mark.rule("LE-306")
@pytest.mark.rule("LR-208")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, 2), [1, 2]),
        (Point(1, 2), {"x": 1, "y": 2}),
        ({"p": [Point(1, (2,))]}, {"p": [{"x": 1, "y": [2]}]}),
        ({1: "a", None: "b", False: "c"}, {"1": "a", "null": "b", "false": "c"}),
        (Decimal(200), 200),
        (Decimal("1.50"), 1.5),
        (Colour.RED, 1),
        (Text("abc"), "abc"),
        ({"s": Text("abc")}, {"s": "abc"}),
        (1.0, 1.0),
        ("é", "é"),
    ],
)
def test_the_runtime_s_dialect(value: Any, expected: Any) -> None:
    assert returned(value) == expected


@pytest.mark.rule("LR-207")
def test_top_level_bytes_go_out_untouched() -> None:
    assert returned(b'{"status": "200"}') == {"status": "200"}
    assert fault(b"\xff").kind is FaultKind.NOT_JSON


@pytest.mark.rule("LR-210")
@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"when": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "datetime"),
        ({"set": {1}}, "set"),
        ({"body": b"nested"}, "bytes"),
        (object(), "object"),
    ],
)
def test_what_is_not_serialisable_is_a_marshal_error(value: Any, name: str) -> None:
    assert fault(value) == Fault(
        FaultKind.MARSHAL,
        "Runtime.MarshalError",
        f"Unable to marshal response: Object of type {name} is not JSON serializable",
    )


@pytest.mark.rule("LE-305")
def test_a_coroutine_is_not_awaited() -> None:
    async def handler() -> None: ...

    coroutine = handler()
    try:
        assert fault(coroutine).message.endswith("Object of type coroutine is not JSON serializable")
    finally:
        coroutine.close()


@pytest.mark.rule("LE-308")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}, Decimal("NaN")])
def test_nan_and_infinity_are_no_json(value: Any) -> None:
    assert fault(value).kind is FaultKind.NOT_JSON


@pytest.mark.rule("LE-309")
@pytest.mark.parametrize("value", ["\ud800", {"a": "\udfff"}, {"\ud800": 1}, ["x", ("\ud800",)]])
def test_a_lone_surrogate_cannot_be_encoded(value: Any) -> None:
    assert fault(value).kind is FaultKind.MARSHAL


@pytest.mark.rule("LE-225")
@pytest.mark.rule("LR-214")
def test_a_result_above_the_limit_is_refused() -> None:
    size = RESPONSE_LIMIT - len('{"body": ""}')
    assert returned({"body": "x" * size})["body"] == "x" * size
    assert fault({"body": "x" * (size + 1)}) == Fault(
        FaultKind.MARSHAL,
        "Function.ResponseSizeTooLarge",
        "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).",
    )


def test_a_cycle_and_a_deep_nest_are_marshal_errors() -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    assert fault(cycle).kind is FaultKind.MARSHAL
    cycle_of_tuples: list[Any] = []
    cycle_of_tuples.append((cycle_of_tuples,))
    assert fault(cycle_of_tuples).kind is FaultKind.MARSHAL


def test_a_very_wide_value_takes_the_encoder_s_way() -> None:
    wide = {str(number): [number] for number in range(70_000)}
    assert returned(wide) == wide
    assert returned([0] * 70_000) == [0] * 70_000


class Greedy:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]  # as Python has it for a class with its own `__eq__`


class Prickly:
    """Not to be compared."""

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    __hash__ = None  # type: ignore[assignment]  # as above


@given(json_values, json_values)
def test_a_likely_result_changes_nothing(value: Any, likely: Any) -> None:
    assert marshal(value, likely) == marshal(value)


@given(st.dictionaries(st.text(), json_values), st.data())
def test_equal_parts_come_from_the_likely_result(likely: dict[str, Any], data: st.DataObject) -> None:
    value = {key: item for key, item in likely.items() if data.draw(st.booleans())}
    value["changed"] = ["x"]
    assert marshal(value, likely) == marshal(value)


def test_the_parts_are_shared_with_the_likely_result_and_not_with_the_handler() -> None:
    likely = {"headers": {"a": [{"value": "1"}], "b": [{"value": "2"}]}, "uri": "/"}
    value: dict[str, Any] = {"headers": {"a": [{"value": "1"}], "b": [{"value": "3"}]}, "uri": "/"}
    result = marshal(value, likely)
    assert isinstance(result, Returned)
    assert result.value["headers"]["a"] is likely["headers"]["a"]  # type: ignore[index]
    value["headers"]["b"].append("later")
    assert result.value["headers"]["b"] == [{"value": "3"}]


@pytest.mark.parametrize("odd", [Greedy(), Prickly(), {"a": Prickly()}, [Greedy()]])
def test_objects_of_the_handler_are_never_taken_for_json(odd: Any) -> None:
    assert isinstance(marshal({"a": odd}, {"a": {"a": 1}}), Fault)
    assert isinstance(marshal({"a": odd}, {"a": [1, 2]}), Fault)
    assert isinstance(marshal({"a": odd}, {"a": "text"}), Fault)
