"""Origin request: the index document of a directory, for an S3 origin.

    /docs/        ->  /docs/index.html
    /docs         ->  /docs/index.html
    /docs/a.css   ->  unchanged

A bucket has keys and no directories, so CloudFront would answer `/docs/` with an error; `default_root_object` helps
with `/` alone. Runs only when the origin is asked, so a cached page costs no invocation.
"""

INDEX = "index.html"
MAX_URL = 8191  # characters of uri and querystring; a request with more is a validation error


def handler(event, context):
    """Return the request, with the path of the index document when it is for a directory of a bucket."""
    request = event["Records"][0]["cf"]["request"]
    if "s3" not in request.get("origin", {}) or request["method"] not in ("GET", "HEAD"):
        return request
    uri = request["uri"]
    if uri.endswith("/"):
        index = uri + INDEX
    elif "." not in uri.rpartition("/")[2]:
        index = f"{uri}/{INDEX}"
    else:
        return request
    # CloudFront takes an odd URL from a viewer, but not as a function's change.
    if len(f"{index}?{request['querystring']}") <= MAX_URL and "#" not in index:
        request["uri"] = index
    return request
