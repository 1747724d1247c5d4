"""Functions: an event goes in, JSON or a fault comes out. No CloudFront here.

inline    environments in the proxy's own process
loading   a handler string -> the function, as the Python runtime loads it
context   the context object that a handler is given
marshal   a handler's result -> JSON, as the runtime serialises it
"""
