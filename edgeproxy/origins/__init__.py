"""Clients of origins: an `OriginRequest` in, a `Response` or an `OriginFailure` out.

    router       which of the clients below a request goes to
    http         over the network: an OriginRequest becomes an Exchange, its Answer a Response
    exchange     the octets of one request and of its answer: what `http` asks of a sender
    pool         a sender: kept-alive connections, attempts, retries
    connection   one connection over one socket
    tls          SSL contexts, made once
    faults       foreign exceptions -> OriginFault, in one table
    answer       checks on header lines from an origin, whatever kind it is
    transport    httpx on either side: the pool as an httpx transport, any httpx transport as a sender
    wsgi         an application in this process, and how it is found by name
    directory    a folder that answers as S3 does
    s3           preconditions, ranges and error documents of S3

A client has `fetch(request) -> Response | OriginFailure` and `close()`. It never closes the request's body: that is
the business of whoever made the request, who may want to send it elsewhere.
"""
