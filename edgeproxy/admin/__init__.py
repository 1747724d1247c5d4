"""The admin port: health, metrics and traces, for machines and for people.

    app     the WSGI application: routes, formats
    guard   who may ask: refuses foreign Host and Origin headers
    pages   the HTML
    style   its style sheet

It only reads.
"""
