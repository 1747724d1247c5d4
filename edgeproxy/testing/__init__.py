"""Tools for tests of edge functions.

plugin    the pytest plugin: the fixture `edge`
"""
