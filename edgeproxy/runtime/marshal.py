"""A handler's result as the Python runtime puts it into JSON (LR-207, LR-208)."""

from __future__ import annotations

import json
from decimal import Decimal
from math import isfinite
from typing import Any

from edgeproxy.function import Fault, FaultKind, Json, Returned

RESPONSE_LIMIT = 6_291_556
"""Bytes of a synchronous response (LR-60)."""

_LEAVES = frozenset({int, bool, type(None)})
_MISSING = object()
_LONG = 65_536
"""Characters or items from which on a value is really encoded, because its size then matters."""


def marshal(value: object, likely: Json = None) -> Returned | Fault:
    """The JSON that the service receives for a handler's result, or the fault.

    What is returned shares no object with `value`: a handler may keep and change what it returned.

    :param likely: JSON that the result may resemble and that nothing changes; equal parts are taken from it, which
        costs less than copying them.
    """
    if isinstance(value, bytes):
        return _parse(value)
    try:
        return Returned(_copy(value) if likely is None else _copy_like(value, likely))
    except _NotPlainError:
        return _dump(value)
    except RecursionError:
        return _fault("Runtime.MarshalError", "Unable to marshal response: maximum recursion depth exceeded")
    except UnicodeEncodeError as error:
        return _fault("Runtime.MarshalError", f"Unable to marshal response: {error}")
    except Exception:  # noqa: BLE001 - comparing may run code of the handler's objects, which the encoder will refuse
        return _dump(value)


class _NotPlainError(Exception):
    """The value has something that is not JSON in itself: the real encoder must decide."""


def _copy_like(value: Any, likely: Json) -> Json:
    """A deep copy of plain JSON, with equal parts of `likely` in their place."""
    if type(value) is not dict or type(likely) is not dict or len(value) > _LONG:
        return _copy(value)
    result = {}
    for key, item in value.items():
        known = likely.get(key, _MISSING)
        if type(item) is type(known) and item == known:
            result[key] = known
        elif type(key) is not str or not key.isascii():
            raise _NotPlainError
        else:
            result[key] = _copy_like(item, known)
    return result


def _copy(value: Any) -> Json:
    """A deep copy of plain JSON. By exact type: a subclass may encode itself otherwise."""
    kind = type(value)
    if kind is dict:
        if len(value) > _LONG:
            raise _NotPlainError
        result = {}
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise _NotPlainError
            item_kind = type(item)
            if item_kind is str and item.isascii() and len(item) < _LONG:
                result[key] = item
            else:
                result[key] = _copy(item)
        return result
    if kind is list and len(value) < _LONG:
        return [_copy(item) for item in value]
    if kind is str and len(value) < _LONG:
        value.encode()
        return value
    if kind in _LEAVES or (kind is float and isfinite(value)):
        return value
    raise _NotPlainError


def _dump(value: object) -> Returned | Fault:
    """Through the encoder, for what plain copying does not cover: tuples, `Decimal`, other keys, subclasses, `NaN`."""
    try:
        text = json.dumps(_simplejson(value), ensure_ascii=False)
        encoded = text.encode("utf-8")
    except RecursionError:
        return _fault("Runtime.MarshalError", "Unable to marshal response: Circular reference detected")
    except (TypeError, ValueError) as error:
        return _fault("Runtime.MarshalError", f"Unable to marshal response: {error}")
    return _parse(encoded)


def _simplejson(value: Any) -> Any:
    """What simplejson does and json does not (LR-208): named tuples are objects, `Decimal` is its digits."""
    if isinstance(value, dict):
        return {key: _simplejson(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: _simplejson(item) for key, item in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [_simplejson(item) for item in value]
    if isinstance(value, Decimal):
        # Digits without a point are an integer in JSON too: `200`, not `200.0`.
        whole = value.is_finite() and "." not in str(value) and "E" not in str(value)
        return int(value) if whole else float(value)
    return value


def _parse(encoded: bytes) -> Returned | Fault:
    """What the service makes of the bytes: `NaN` is no JSON (LE-308)."""
    if len(encoded) > RESPONSE_LIMIT:
        return _fault(
            "Function.ResponseSizeTooLarge",
            f"Response payload size ({len(encoded)} bytes) exceeded maximum allowed payload size "
            f"({RESPONSE_LIMIT} bytes).",
        )
    try:
        return Returned(json.loads(encoded, parse_constant=_refuse_constant))
    except ValueError as error:
        return Fault(FaultKind.NOT_JSON, "", f"the result is not JSON: {error}")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _fault(error_type: str, message: str) -> Fault:
    return Fault(FaultKind.MARSHAL, error_type, message)
