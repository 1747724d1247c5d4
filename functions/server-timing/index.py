"""Viewer response: tells the browser whether the answer came from the edge cache.

    Server-Timing: edge;desc=hit

It is shown on the Timing tab of a browser's developer tools, and to scripts by `PerformanceResourceTiming`. An entry
of the origin stays, on a line of its own. What is added here is never stored: every answer has its own.
"""


def handler(event, context):
    """Return the response with one more `Server-Timing` line."""
    response = event["Records"][0]["cf"]["response"]
    headers = response["headers"]
    # What CloudFront had kept comes with its age. `X-Cache`, which says the same, is not shown to functions.
    found = "hit" if "age" in headers else "miss"
    headers.setdefault("server-timing", []).append({"key": "Server-Timing", "value": f"edge;desc={found}"})
    return response
