"""What a page says when two do the same in the same moment, and the database lets only one through."""

import pytest
from sqlalchemy import event, func, select

from forum.feedback.domain import NewRule, save_rule
from forum.feedback.models import Rule


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite nobody writes while somebody writes
def test_the_second_is_told_and_keeps_what_was_typed(make, db):
    livia, lena = make.member("livia", role="manager"), make.member("lena", role="manager")
    browser = make.browser(livia)
    browser.get("/feedback/rules")
    first: list[int] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def meanwhile(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO feedback_rules") and not first:
            first.append(1)
            with db.write() as session:
                save_rule(session, actor=lena, rule=NewRule("phrase", "keeps breaking"), now=make.now)

    try:
        answer = browser.post("/feedback/rules", {"match": "phrase", "value": "keeps breaking"})
    finally:
        event.remove(db.engine, "before_cursor_execute", meanwhile)
    assert first and answer.status_code == 409
    assert "at this very moment" in answer.text and 'value="keeps breaking"' in answer.text
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Rule)) == 1
