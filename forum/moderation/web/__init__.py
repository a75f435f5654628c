"""Moderation in HTML: one module for each of those who use it."""
