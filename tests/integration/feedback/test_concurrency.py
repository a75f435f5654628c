"""A member's word on being quoted, said twice in the same moment: the last one holds, and none is refused."""

import pytest
from sqlalchemy import select

from forum.feedback import domain
from forum.feedback.models import Consent, PostConsent
from tests.support.between import between


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite nobody writes while somebody writes
@pytest.mark.parametrize("about", ["all", "one post"])
def test_two_words_meet(make, db, about):
    anna = make.member("anna")
    ref = make.thread(anna)

    def say(session, *, quote):
        if about == "all":
            domain.may_be_quoted(session, actor=anna, quote=quote, now=make.now)
        else:
            domain.may_be_quoted_from(session, actor=anna, post_id=ref.id, quote=quote, now=make.now)

    for at in range(1, 4):
        with db.write() as session:
            say(session, quote=None)  # nothing said yet
        with db.write() as session, between(db, session, at, lambda other: say(other, quote=True)) as meanwhile:
            say(session, quote=False)
        with db.read() as session:
            assert session.scalars(select((Consent if about == "all" else PostConsent).quote)).all() == [False]
        assert meanwhile.done or at > len(meanwhile.statements)
    assert at > len(meanwhile.statements)
