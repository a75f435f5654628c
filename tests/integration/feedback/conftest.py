"""Fixtures of the tests of delivery; the settings open this machine's own network to all tests of feedback."""

from tests.support.delivering import october, place, settings, start

__all__ = ["october", "place", "settings", "start"]
