"""Moderation: reports become cases, cases are decided, decisions are undone or appealed against."""
