"""What flows: requests, responses, their headers and bodies. Pure and immutable.

    headers    ordered lines, original spelling kept, looked up without regard to case
    text       octets on the wire <-> the text that a function sees
    url        a request target taken apart, never decoded and re-encoded
    dates      HTTP dates
    body       what a stream is; the only thing here that is used up
    request    Request, and the Viewer who sent it
    response   Response

Strings that came from the wire hold one octet per character (ISO-8859-1), as WSGI does: nothing is lost, whatever a
viewer sends. `text` turns them into what a function sees, and back.
"""
