"""A row per check of a function's result: its rule, its wording, and what a lenient profile does."""

from __future__ import annotations

from edgeproxy.events.check import Check, Gravity, Step

_JSON = "The Lambda function returned invalid JSON: "
_RESULT = "The Lambda function result failed validation: "
_HEADERS = "The Lambda function returned an invalid entry in the headers object: "
_ORIGIN = "The Lambda function returned an invalid origin configuration: "
_BODY = f"{_RESULT}The body is not a string, is not an object, or exceeds the maximum size."
_READ_ONLY = f"{_RESULT}The function tried to add, delete, or change a read-only header."
_ARRAY = f"{_HEADERS}Each header entry in the headers object must be an array."
_STRINGS = f"{_HEADERS}The value of each header must be a string."

_LOG = "Lambda function result failed validation, "
_LOG_HEADERS = "The Lambda function returned an invalid entry in the headers object, "
_LOG_ORIGIN = "The Lambda function returned an invalid origin configuration, "

_HEADER_SHAPE = 'a header is {"name": [{"key": "Name", "value": "text"}]}: lower-case name, list, objects, text'

# --- the result as a whole ------------------------------------------------------------------------------------------

NOT_OBJECT = Check(
    rule="LE-120",
    step=Step.OBJECT,
    message="The Lambda function returned an invalid json output, it must be an object but is {value}.",
    sentence=f"{_JSON}The JSON output must be an object type.",
    hint="return the request or the response object",
)
WHOLE_EVENT = Check(
    rule="LE-115",
    step=Step.KIND,
    message=f"{_LOG}the function returned the event and not the {{wanted}} inside it.",
    sentence=f"{_RESULT}The function must return a request or a response object.",
)
REQUEST_AT_RESPONSE = Check(
    rule="LE-227",
    step=Step.KIND,
    message=f"{_LOG}the function returned a request, but a response event takes a response.",
    sentence=f"{_RESULT}The function must return a response object.",
    hint="return cf.response",
)
NO_STATUS = Check(
    rule="LE-240",
    step=Step.KIND,
    message=f"{_LOG}the response has no status.",
    sentence=f"{_RESULT}The response has no status.",
    hint="return cf.response, changed in place: objects are not merged",
)
BAD_STATUS = Check(
    rule="LE-164",
    step=Step.STATUS,
    message=f"{_LOG}the status must be a code from 200 to 599 but is {{value}}.",
    sentence=f"{_RESULT}The status code is invalid.",
    hint='give the code alone, as "200"; the phrase belongs in statusDescription',
)
STATUS_CHANGED = Check(
    rule="LE-161",
    step=Step.STATUS,
    gravity=Gravity.STRICT,
    open_point="LE-161",
    message=f"{_LOG}the function changed the status at viewer-response from {{given}} to {{value}}.",
    sentence=f"{_RESULT}The status code cannot be changed in a viewer response.",
    hint="change the status at origin-response",
)
BAD_DESCRIPTION = Check(
    rule="LE-151",
    step=Step.STATUS,
    gravity=Gravity.STRICT,
    message=f"{_LOG}the statusDescription must be text without control characters but is {{value}}.",
    sentence=f"{_RESULT}The status description is invalid.",
)

# --- headers --------------------------------------------------------------------------------------------------------

HEADERS_NOT_OBJECT = Check(
    rule="LE-238",
    step=Step.HEADER_SHAPE,
    message="The Lambda function returned an invalid headers object, it must be an object but is {value}.",
    sentence=f"{_RESULT}The headers are not an object.",
    hint=_HEADER_SHAPE,
)
ENTRY_NOT_ARRAY = Check(
    rule="LE-239",
    step=Step.HEADER_SHAPE,
    message=f"{_LOG_HEADERS}each header entry must be an array, header : {{header}} is {{value}}.",
    sentence=_ARRAY,
    hint=_HEADER_SHAPE,
)
ITEM_NOT_OBJECT = Check(
    rule="LE-229",
    step=Step.HEADER_SHAPE,
    message=f"{_LOG_HEADERS}each item of a header entry must be an object, header : {{header}} has {{value}}.",
    sentence=f"{_HEADERS}Each item of a header entry must be an object.",
    hint=_HEADER_SHAPE,
)
VALUE_MISSING = Check(
    rule="LE-93",
    step=Step.HEADER_SHAPE,
    message=f"{_LOG_HEADERS}header : {{header}} has an item without a value.",
    sentence=_STRINGS,
    hint="to remove a header delete its name from headers",
)
VALUE_NOT_STRING = Check(
    rule="LE-92",
    step=Step.HEADER_SHAPE,
    message=f"{_LOG_HEADERS}the value of each header must be a string or an array of strings, "
    "header : {header} has {value}, which is {type}.",
    sentence=_STRINGS,
    hint="turn the value into text",
)
KEY_NOT_STRING = Check(
    rule="LE-85",
    step=Step.HEADER_SHAPE,
    message=f"{_LOG_HEADERS}the key of a header must be a string, header : {{header}} has {{value}}.",
    sentence=f"{_HEADERS}The key of a header must be a string.",
    hint="leave key out: it is made from the name",
)
OTHER_KEY = Check(
    rule="LE-91",
    step=Step.HEADER_SHAPE,
    gravity=Gravity.WARNING,
    message="The key {value} is not the name of its header, headerName : {header}. The name is used.",
)
BAD_NAME = Check(
    rule="LE-188",
    step=Step.HEADER_SYNTAX,
    message=f"{_LOG}the function returned an invalid header, invalid character in header name, "
    "headerName : {header}.",
    sentence=f"{_RESULT}A header name is invalid.",
)
BAD_VALUE = Check(
    rule="LE-189",
    step=Step.HEADER_SYNTAX,
    message=f"{_LOG}the function returned an invalid header, invalid character : '{{character}}' in header value, "
    "headerName : {header}.",
    sentence=f"{_RESULT}A header value has an invalid character.",
    hint="percent-encode what comes from users",
)
DISALLOWED = Check(
    rule="LE-172",
    step=Step.DISALLOWED,
    gravity=Gravity.STRICT,
    message=f"{_LOG}the function tried to add a header that is not allowed, headerName : {{header}}.",
    sentence=f"{_RESULT}The function tried to add a header that is not allowed.",
    hint="no function may return this header: leave it out",
)
READ_ONLY = Check(
    rule="LE-182",
    step=Step.READ_ONLY,
    gravity=Gravity.STRICT,
    message=f"{_LOG}the function tried to {{verb}} read-only header, headerName : {{header}}.",
    sentence=_READ_ONLY,
    hint="return this header exactly as it was given",
)
JOINED_COOKIES = Check(
    rule="LE-391",
    step=Step.HEADER_SHAPE,
    gravity=Gravity.WARNING,
    message="One Set-Cookie line seems to hold several cookies joined by a comma: {value}.",
    hint="give each cookie an item of its own in the list",
)

# --- the request ----------------------------------------------------------------------------------------------------

NO_HEADERS = Check(
    rule="LE-118",
    step=Step.HEADER_SHAPE,
    gravity=Gravity.STRICT,
    open_point="LE-118",
    message=f"{_LOG}the returned request has no headers.",
    sentence=f"{_RESULT}The request has no headers.",
    hint="return cf.request, changed in place: objects are not merged",
)
NO_FIELD = Check(
    rule="LE-118",
    step=Step.URI,
    gravity=Gravity.STRICT,
    open_point="LE-118",
    message=f"{_LOG}the returned request has no {{name}}.",
    sentence=f"{_RESULT}The request has no {{name}}.",
    hint="return cf.request, changed in place: objects are not merged",
)
READ_ONLY_FIELD = Check(
    rule="LE-123",
    step=Step.URI,
    gravity=Gravity.STRICT,
    open_point="LE-123",
    message=f"{_LOG}the function tried to change the read-only field {{name}} from {{given}} to {{value}}.",
    sentence=f"{_RESULT}The function tried to change a read-only field.",
)
BAD_URI = Check(
    rule="LE-124",
    step=Step.URI,
    message=f"{_LOG}the specified URI is in an invalid format: {{problem}}, uri : {{value}}.",
    sentence=f"{_RESULT}The specified URI is in an invalid format.",
    hint="give a percent-encoded path that begins with /",
)
BAD_QUERYSTRING = Check(
    rule="LE-127",
    step=Step.URI,
    message=f"{_LOG}the specified query string is in an invalid format: {{problem}}, querystring : {{value}}.",
    sentence=f"{_RESULT}The specified query string is in an invalid format.",
    hint="percent-encode its parameters",
)
LONG_URI = Check(
    rule="LE-125",
    step=Step.URI,
    gravity=Gravity.STRICT,
    message=f"{_LOG}uri and querystring together have {{size}} characters, they must have fewer than {{limit}}.",
    sentence=f"{_RESULT}The specified URI is too long.",
)

# --- the origin -----------------------------------------------------------------------------------------------------

ORIGIN_AT_VIEWER = Check(
    rule="LE-132",
    step=Step.ORIGIN,
    gravity=Gravity.STRICT,
    open_point="LE-132",
    message=f"{_LOG}the function returned an origin at viewer-request.",
    sentence=f"{_ORIGIN}The origin cannot be set in a viewer request.",
    hint="choose the origin at origin-request",
)
BAD_ORIGIN = Check(
    rule="LE-69",
    step=Step.ORIGIN,
    message=f"{_LOG_ORIGIN}origin must hold exactly one object, custom or s3.",
    sentence=f"{_ORIGIN}Exactly one of custom and s3 must be given.",
)
ORIGIN_INCOMPLETE = Check(
    rule="LE-142",
    step=Step.ORIGIN,
    message=f"{_LOG_ORIGIN}fields are missing : {{missing}}.",
    sentence=f"{_ORIGIN}One or more fields are missing.",
    hint="give every field of the origin: objects are not merged",
)
ORIGIN_FIELD = Check(
    rule="LE-71",
    step=Step.ORIGIN,
    message=f"{_LOG_ORIGIN}the value of {{name}} is invalid : {{value}}. Expected: {{expected}}.",
    sentence=f"{_ORIGIN}The value of {{name}} is invalid.",
)
ORIGIN_IDENTITY = Check(
    rule="LE-83",
    step=Step.ORIGIN,
    message=f"{_LOG_ORIGIN}{{problem}}.",
    sentence=f"{_ORIGIN}The value of AuthMethod is invalid.",
    hint="use authMethod none, or begin from an s3 origin with the same origin access identity",
)
CUSTOM_HEADER = Check(
    rule="LE-146",
    step=Step.ORIGIN,
    gravity=Gravity.STRICT,
    message=f"{_LOG_ORIGIN}a custom header is invalid: {{problem}}, headerName : {{header}}.",
    sentence=f"{_ORIGIN}One or more HeaderName or HeaderValue values are invalid.",
)
CUSTOM_HEADER_SHAPE = Check(
    rule="LE-146",
    step=Step.ORIGIN,
    message=CUSTOM_HEADER.message,
    sentence=CUSTOM_HEADER.sentence,
    hint=_HEADER_SHAPE,
)
STALE_HOST = Check(
    rule="LE-143",
    step=Step.ORIGIN,
    gravity=Gravity.WARNING,
    message="The origin's domain name is now {value}, but the Host header is still {host}.",
    hint="set headers.host to the new domain name (LE-363)",
)

# --- bodies ---------------------------------------------------------------------------------------------------------

GATEWAY_RESULT = Check(
    rule="LE-243",
    step=Step.BODY,
    message=f"{_LOG}the body is not an object. The result has statusCode, which belongs to API Gateway.",
    sentence=_BODY,
    hint='return {"status": "200", "headers": {"content-type": [{"key": "Content-Type", "value": "text/html"}]}, '
    '"body": "text", "bodyEncoding": "text"}',
)
REQUEST_BODY = Check(
    rule="LE-138",
    step=Step.BODY,
    message=f"{_LOG}{{problem}}, body : {{value}}.",
    sentence=_BODY,
    hint='to replace a body give {"action": "replace", "encoding": "text" or "base64", "data": "…"}',
)
RESPONSE_BODY = Check(
    rule="LE-157",
    step=Step.BODY,
    message=f"{_LOG}the body is not a string but {{value}}.",
    sentence=_BODY,
)
BODY_ENCODING = Check(
    rule="LE-155",
    step=Step.BODY,
    message=f"{_LOG}the bodyEncoding must be text or base64 but is {{value}}.",
    sentence=f"{_RESULT}The body encoding is invalid.",
)
BODY_BASE64 = Check(
    rule="LE-245",
    step=Step.BODY,
    message=f"{_LOG}the body is not valid base64.",
    sentence=f"{_RESULT}The body is not valid base64.",
    hint="use the standard alphabet with padding, without line breaks",
)
BODY_TEXT = Check(
    rule="LE-309",
    step=Step.BODY,
    message=f"{_LOG}the body has half of a surrogate pair, which has no UTF-8.",
    sentence=f"{_RESULT}The body is not valid text.",
)
BODY_AT_VIEWER = Check(
    rule="LE-154",
    step=Step.BODY,
    gravity=Gravity.STRICT,
    open_point="LE-154",
    message="The function returned a body at viewer-response. It is ignored.",
    sentence=_BODY,
    hint="replace the body at origin-response",
)
BODY_WITH_204 = Check(
    rule="LE-162",
    step=Step.BODY,
    gravity=Gravity.STRICT,
    message=f"{_LOG}a response with status 204 has a body.",
    sentence=f"{_RESULT}A response with status 204 cannot have a body.",
)
BODY_WITH_204_AT_ORIGIN = Check(
    rule="LE-162",
    step=Step.BODY,
    gravity=Gravity.STRICT,
    open_point="LE-162",
    message=BODY_WITH_204.message,
    sentence=BODY_WITH_204.sentence,
)
BODY_DROPPED = Check(
    rule="LE-163",
    step=Step.BODY,
    gravity=Gravity.WARNING,
    message="A response with status {status} has no body: the returned one is dropped.",
)
STALE_ENCODING = Check(
    rule="LE-165",
    step=Step.BODY,
    gravity=Gravity.WARNING,
    message="The body was replaced, but Content-Encoding is still {value}: the viewer will fail to decode it.",
    hint="delete content-encoding from headers (LE-371)",
)
REST_LOST = Check(
    rule="LE-140",
    step=Step.BODY,
    gravity=Gravity.WARNING,
    message="The function was shown only the beginning of the request body and replaced all of it.",
    hint="inputTruncated is true: the rest is lost (LE-380)",
)

# --- sizes ----------------------------------------------------------------------------------------------------------

LARGE_BODY = Check(
    rule="LE-136",
    step=Step.SIZE,
    gravity=Gravity.STRICT,
    open_point="LE-136",
    message=f"{_LOG}the request body has {{size}} bytes, at most {{limit}} are allowed.",
    sentence=_BODY,
)
LARGE_RESPONSE = Check(
    rule="LE-247",
    step=Step.SIZE,
    gravity=Gravity.STRICT,
    message=f"{_LOG}headers and body have {{size}} bytes, at most {{limit}} are allowed.",
    sentence=_BODY,
)
