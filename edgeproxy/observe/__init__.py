"""Readers of the Trace: none of them runs before the request is answered.

    recorder  keeps the last traces; hands each trace to several readers
    secrets   what is never shown of a trace
    story     a trace as plain values: every step with its diff, failure and logs
    telling   from the trace to its story
    blame     which step a failure is about
    export    the story as JSON
    text      the story for a terminal: `edgeproxy request`, and one line for `edgeproxy serve`
    terminal  text from outside made safe for a terminal
    console   prints a line per request
    metrics   counts, in Prometheus' format; imported only where it is served

Nothing here changes a request, and a reader that fails harms none.
"""
