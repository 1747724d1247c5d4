"""The straight line from viewer to viewer. Pure: it says what it wants done and is told what came of it.

    steps    what the flow asks for (`Step`) and what it is told (`Outcome`)
    flow     the way of a request, read top to bottom
    trace    the list of steps and outcomes of one request, and what can be read from it

`flow.serve(visit)` is a generator: it yields a `Step`, is sent the `Outcome`, and ends with `Send`. Whoever drives it
does the I/O: `edge.Edge` with real origins and functions, a test with a script.
"""
