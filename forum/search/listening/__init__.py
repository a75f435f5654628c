"""Searches that members keep: once a week a mail says what is new."""
