"""THE RULES: what CloudFront does to a request and a response. Pure; tables with a source per row.

What is configured, and where functions run:

    distribution       Distribution > Behavior; which behaviour a path selects
    path_pattern       `*`, `?`, order, and an index over a thousand patterns
    origin             configured origins; the request to one, and how reaching it can fail
    policies           cache policies and origin request policies, the managed ones as data
    hooks              the four places where a function runs
    profile            which reading of the rules holds
    limits             sizes (bytes), durations (s), memory (MB)

From the viewer to the origin:

    viewer_policy      what is refused or redirected before any function runs
    local_host         names that only the edge's own machine uses
    cache_key          what enters the key
    forwarding         what the origin is sent
    forwarded_headers  the header table behind it
    query  cookies  accept_encoding    which parts of each a policy selects

And back:

    freshness          how long a response may be kept, and why not
    cache_control      the `Cache-Control` field
    entry              a stored response
    conditional        304 and 206 from a stored response
    header_rules       which headers a function may not see, add or change
    failures           what went wrong -> status, X-Cache, result type, sentence
    error_page         the built-in page for a failure
    viewer_response    headers that the edge itself adds for the viewer
"""
