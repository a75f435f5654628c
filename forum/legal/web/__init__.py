"""The pages of the law, for the list of all controllers."""

from typing import Any

from forum.legal.web import contact, desk, manage, notices, records, reports

CONTROLLERS: list[Any] = [
    *notices.CONTROLLERS, *desk.CONTROLLERS, *contact.CONTROLLERS, *records.CONTROLLERS, *manage.CONTROLLERS,
    *reports.CONTROLLERS,
]  # fmt: skip
