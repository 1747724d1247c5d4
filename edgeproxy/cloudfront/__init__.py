"""THE RULES: what CloudFront does to a request and a response. Pure; tables with a source per row.

hooks             the four places where a function runs
distribution      Distribution > Behavior; which behaviour a path selects
origin            configured origins; the request to one, and how reaching it can fail
path_pattern      `*`, `?`, order, and an index over a thousand patterns
viewer_policy     what is refused or redirected before any function runs
policies          cache policies and origin request policies, the managed ones as data
cache_key         what enters the key
forwarding        what the origin is sent
freshness         how long a response may be kept, and why not
entry             a stored response
conditional       304 and 206 from a stored response
header_rules      which headers a function may not see, add or change
limits            sizes (bytes), durations (s), memory (MB)
failures          what went wrong -> status, X-Cache, result type, sentence
error_page        the built-in page for a failure
viewer_response   headers that the edge itself adds for the viewer
"""
