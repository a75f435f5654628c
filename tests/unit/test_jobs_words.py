"""Every job has words for the administrator's list."""

from forum.admin.web import JOBS
from forum.events import ROUTES


def test_every_job_has_words() -> None:
    assert {job for jobs in ROUTES.values() for job in jobs} - JOBS.keys() == set()
