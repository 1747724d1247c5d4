"""The functions of the benchmarks: each changes a header of its message."""

from typing import Any


def viewer_request(event: dict[str, Any], context: object) -> dict[str, Any]:
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    request["headers"]["x-viewer-request"] = [{"key": "X-Viewer-Request", "value": "1"}]
    return request


def origin_request(event: dict[str, Any], context: object) -> dict[str, Any]:
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    request["headers"]["x-origin-request"] = [{"key": "X-Origin-Request", "value": "1"}]
    return request


def origin_response(event: dict[str, Any], context: object) -> dict[str, Any]:
    response: dict[str, Any] = event["Records"][0]["cf"]["response"]
    response["headers"]["x-origin-response"] = [{"key": "X-Origin-Response", "value": "1"}]
    return response


def viewer_response(event: dict[str, Any], context: object) -> dict[str, Any]:
    response: dict[str, Any] = event["Records"][0]["cf"]["response"]
    response["headers"]["x-viewer-response"] = [{"key": "X-Viewer-Response", "value": "1"}]
    return response
