"""Fixtures and hooks that every test shares."""
