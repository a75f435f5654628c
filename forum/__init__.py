"""Ritrovo: a self-hosted community forum with built-in moderation."""

__version__ = "0.1.0"
