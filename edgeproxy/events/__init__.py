"""The JSON that a function sees, and its result against the rules. Pure.

    schema            the shapes, as types
    encode            a message at a hook -> the event
    header_map        header lines -> the map of an event
    decode            a result -> GoOn, Answer or Rejected
    returned_request  a result that is a request
    returned_response a result that is a response
    returned_headers  the header map of either -> header lines
    returned_origin   the origin of a request
    returned_body     the body of either
    check             what a violation is, and in which order checks decide
    check_table       a row per check: rule, wording, what a lenient profile does
    diff              what a function changed, for people

Encoding and decoding are inverse for all that a function may see. Results are checked by difference: what equals the
event that was sent needs no check.
"""
