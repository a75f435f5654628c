"""What is kept how long, and the rounds that purge it."""

from datetime import datetime

from forum.db import Database


def run(db: Database, now: datetime) -> None:
    """One round."""
