"""Octets on the wire and the text that a function sees of them (LE-60).

A wire string has one character per octet. A function sees UTF-8 decoded; octets that are not valid UTF-8 are taken as
ISO-8859-1. What a function leaves alone goes on as the original octets; what it changes goes on as UTF-8.
"""

from __future__ import annotations


def to_text(wire: str) -> str:
    """The text that a function sees for a wire string."""
    if wire.isascii():
        return wire
    try:
        return wire.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return wire


def to_wire(text: str) -> str:
    """The wire string for a text: its UTF-8 octets. Raises `UnicodeEncodeError` for a lone surrogate (LE-309)."""
    if text.isascii():
        return text
    return text.encode("utf-8").decode("latin-1")
