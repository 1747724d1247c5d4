from __future__ import annotations

import re

import pytest

from edgeproxy.cloudfront.forwarded_headers import CARRIED, ENDED, ENDED_PREFIXES, HEADER_TABLE, WRITTEN
from edgeproxy.cloudfront.policies import key_header_problem

# The guide's table: names | custom origin | S3 origin; `!` marks what is the edge's own in every mode.
GUIDE = """
Accept, Accept-Charset, Accept-Language                         | removed   | removed
Accept-Encoding !                                               | edited    | edited
Authorization                                                   | by-method | by-method
Cache-Control                                                   | forwarded | forwarded
CloudFront-*                                                    | forwarded | forwarded
Connection !                                                    | replaced  | replaced
Content-Length !                                                | forwarded | forwarded
Content-MD5                                                     | forwarded | forwarded
Content-Type                                                    | forwarded | forwarded
Cookie                                                          | edited    | edited
Date                                                            | forwarded | forwarded
Expect !                                                        | removed   | removed
From                                                            | forwarded | forwarded
Host !                                                          | edited    | replaced
If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since | forwarded | forwarded
If-Range                                                        | forwarded | forwarded
Keep-Alive !                                                    | removed   | removed
Max-Forwards                                                    | forwarded | forwarded
Origin                                                          | forwarded | forwarded
Pragma                                                          | forwarded | forwarded
Proxy-Authenticate, Proxy-Authorization, Proxy-Connection !     | removed   | removed
Range !                                                         | forwarded | forwarded
Referer                                                         | removed   | removed
Request-Range                                                   | forwarded | forwarded
TE, Trailer !                                                   | removed   | removed
Transfer-Encoding !                                             | forwarded | forwarded
Upgrade !                                                       | websocket | removed
User-Agent !                                                    | edited    | edited
Via !                                                           | edited    | edited
Warning                                                         | forwarded | forwarded
X-Amz-Cf-Id !                                                   | replaced  | replaced
X-Edge-* !                                                      | removed   | removed
X-Forwarded-For !                                               | edited    | edited
X-Forwarded-Proto !                                             | removed   | removed
X-HTTP-Method-Override                                          | removed   | removed
X-Real-IP !                                                     | removed   | removed
*                                                               | forwarded | forwarded
"""


@pytest.mark.rule("CF-98")
@pytest.mark.rule("CF-109")
def test_the_table_is_the_guides() -> None:
    expected = set()
    for line in GUIDE.strip().splitlines():
        names, custom, s3 = (cell.strip() for cell in line.split("|"))
        managed = names.endswith("!")
        expected |= {(name.lower(), custom, s3, managed) for name in names.rstrip(" !").split(", ")}
    rows = [(name, row.custom, row.s3, row.managed) for row in HEADER_TABLE for name in row.names]
    assert set(rows) == expected
    assert len(rows) == len(expected)
    assert rows[-1][0] == "*"


@pytest.mark.rule("CF-109")
def test_what_is_the_edges_own_whatever_a_policy_selects() -> None:
    assert sorted(WRITTEN) == ["accept-encoding", "cookie", "host", "user-agent", "via", "x-forwarded-for"]
    assert sorted(CARRIED) == ["content-length", "range", "transfer-encoding"]
    assert list(ENDED_PREFIXES) == ["x-edge-"]
    assert sorted(ENDED) == [
        *("connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "upgrade", "x-amz-cf-id", "x-forwarded-proto", "x-real-ip"),
    ]


def test_every_row_has_a_source() -> None:
    for row in HEADER_TABLE:
        assert re.fullmatch(r"(CF|LE)-[0-9]+", row.source), row


@pytest.mark.rule("CF-85")
def test_what_ends_at_the_edge_is_no_key_but_for_expect() -> None:
    # The guide's table lets `Expect` be listed, though it is never sent: the key leaves it out.
    keyable = {name for name in ENDED | CARRIED if key_header_problem(name) is None}
    assert keyable == {"expect", "keep-alive", "range"}
