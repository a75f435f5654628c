"""Reporting, one's reports, decisions about oneself, objecting: pages, and what never stands on them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.members.models import Member
from forum.moderation.domain.appeals import WINDOW
from forum.moderation.models import Appeal, Case, Report, Statement
from tests.integration.moderation.stage import Stage, set_stage

STAFF = ("CANARYmod", "CANARYboss")
REPORTERS = ("CANARYreporter", "CANARYsecond")
REPORT = {"reason": "harassment", "detail": "CANARYdetail"}


@pytest.fixture
def stage(make: Any) -> Stage:
    return set_stage(make)


def count(make: Any, table: Any) -> int:
    with make.core.db.read() as session:
        return int(session.scalar(select(func.count()).select_from(table)) or 0)


# -- reporting ---------------------------------------------------------------------------------------------------


def addresses(stage: Stage) -> dict[str, str]:
    return {
        "post": f"/report/post/{stage.post.id}", "thread": f"/report/thread/{stage.thread.thread_id}",
        "member": f"/report/member/{stage.author.name}",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["post", "thread", "member"])
def test_a_report_is_sent_and_confirmed(make: Any, stage: Stage, kind: str) -> None:
    browser, url = make.browser(stage.reporter), addresses(stage)[kind]
    page = browser.get(url)
    assert page.status_code == 200 and page.text.count('name="reason"') == 9 and 'name="threat"' in page.text
    answer = browser.post(url, REPORT)
    assert answer.status_code == 303
    thanks = browser.follow(answer).text
    (reference,) = set(re.findall(r"R-[A-Z0-9]{8}", answer.headers["location"]))
    assert "Thank you, we have your report" in thanks and reference in thanks and "CANARYdetail" in thanks
    row = make.get(Report, 1)
    assert (row.reference, row.reason, row.threat) == (reference, "harassment", False)
    assert reference in browser.get("/reports").text
    assert "You have reported this before" in browser.get(url, follow=True).text, "once is enough"
    assert count(make, Report) == 1


def test_danger_is_said_and_told(make: Any, stage: Stage) -> None:
    browser, url = make.browser(stage.reporter), addresses(stage)["post"]
    browser.get(url)
    page = browser.post(url, {**REPORT, "threat": "1"}, follow=True).text
    assert "told at once" in page and "112" in page and make.get(Case, 1).threat


def test_what_was_typed_survives_an_error(make: Any, stage: Stage) -> None:
    browser, url = make.browser(stage.reporter), addresses(stage)["post"]
    browser.get(url)
    answer = browser.post(url, {"detail": "My <long> words", "threat": "1", "reason": "nonsense"})
    assert answer.status_code == 422 and "My &lt;long&gt; words" in answer.text
    assert "Choose what is wrong with it." in answer.text and re.search(r'name="threat"[^>]* checked', answer.text)
    assert browser.post(url, {"reason": "spam", "detail": "x" * 2001}).status_code == 422
    assert count(make, Report) == 0


@pytest.mark.parametrize("kind", ["post", "thread", "member"])
def test_a_guest_signs_in_first_and_comes_back(make: Any, client: Any, stage: Stage, kind: str) -> None:
    url = addresses(stage)[kind]
    answer = client.get(url)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/login?next=%2Freport%2F")
    assert client.get("/report/post/999").headers["location"].startswith("/login"), "and learns nothing before"


def test_nobody_reports_their_own_or_what_they_do_not_see(make: Any, stage: Stage) -> None:
    browser = make.browser(stage.author)
    assert browser.get(addresses(stage)["post"]).status_code == 403
    assert browser.get(addresses(stage)["member"]).status_code == 403
    secret = make.thread(stage.boss, make.category("desk", visibility="staff"), body="CANARYsecret")
    for url in (f"/report/post/{secret.id}", f"/report/thread/{secret.thread_id}", "/report/member/nobody-here"):
        found = browser.get(url)
        assert found.status_code == 404 and "CANARYsecret" not in found.text
    make.state(stage.post, "hidden")
    assert make.browser(stage.reporter).get(addresses(stage)["post"]).status_code == 404


def test_the_link_stands_where_one_reads(make: Any, client: Any, stage: Stage) -> None:
    url = f"/t/{stage.thread.thread_id}/x"
    for browser in (client, make.browser(stage.reporter)):
        page = browser.get(url, follow=True).text
        assert f'href="/report/post/{stage.post.id}"' in page
        assert f'href="/report/thread/{stage.thread.thread_id}"' in page
    own = make.browser(stage.author).get(url, follow=True).text
    assert f'href="/report/post/{stage.post.id}"' not in own and f'href="/report/post/{stage.thread.id}"' in own
    assert "/report/thread/" not in make.browser(stage.other).get(url, follow=True).text
    assert "/report/member/CANARYauthor" in client.get("/u/CANARYauthor").text
    assert "/report/member/" not in make.browser(stage.author).get("/u/CANARYauthor").text


# -- what came of it -----------------------------------------------------------------------------------------------


def test_a_report_upheld(make: Any, stage: Stage) -> None:
    reference = stage.report().reference
    stage.decide("hide", to_reporters="CANARYthanks")
    page = make.browser(stage.reporter).get(f"/reports/{reference}").text
    assert "We agreed" in page and "CANARYthanks" in page and "the moderation team" in page
    assert "Ask for a second look" not in page and "CANARYwhy" not in page, "the statement is the author's"
    assert "CANARYtitle" in page and "CANARYwords" not in page


def test_a_report_dismissed_can_be_objected_to_for_six_months(make: Any, clock: Any, stage: Stage) -> None:
    reference = stage.report().reference
    decision = stage.decide("dismiss")
    browser = make.browser(stage.reporter)
    page = browser.get(f"/reports/{reference}").text
    assert "We saw it differently" in page and "24 May 2027" in page and f"/decisions/{decision}/appeal" in page
    assert browser.get(f"/decisions/{decision}").status_code == 404, "the statement is not theirs"
    browser.get(f"/decisions/{decision}/appeal")
    done = browser.post(f"/decisions/{decision}/appeal", {"text": "CANARYobjection"})
    assert done.headers["location"] == f"/reports/{reference}"
    page = browser.follow(done).text
    assert "We have your objection. You will have an answer by Saturday 5 December." in page
    assert "CANARYobjection" in page and "Ask for a second look" not in page
    stage.answer(1, "reversed")
    page = browser.get(f"/reports/{reference}").text
    assert "CANARYreasons" in page and "The decision was reversed" in page and "Waiting" in page
    for name in STAFF:
        assert name not in page


def test_after_six_months_it_is_too_late(make: Any, clock: Any, stage: Stage) -> None:
    reference = stage.report().reference
    decision = stage.decide("dismiss")
    clock.now += WINDOW + timedelta(seconds=1)
    browser = make.browser(stage.reporter)
    assert "Ask for a second look" not in browser.get(f"/reports/{reference}").text
    assert browser.get(f"/decisions/{decision}/appeal").status_code == 303
    answer = browser.post(f"/decisions/{decision}/appeal", {"text": "My words survive"})
    assert answer.status_code == 409 and "The six months for objecting are over." in answer.text
    assert "My words survive" in answer.text


def test_reports_are_mine_alone_and_paged(make: Any, stage: Stage) -> None:
    several = [make.member() for _ in range(9)]
    references = [stage.report(kind="member", row_id=one.id) for one in several]
    late = make.member("late")
    with make.core.db.read() as session:
        from forum.moderation.queries.reports import my_reports

        page = my_reports(session, stage.reporter, limit=4)
        rest = my_reports(session, stage.reporter, after=page.older or "", limit=5)
    assert [row.reference for row in page.rows + rest.rows] == [one.reference for one in reversed(references)]
    assert page.older and rest.older is None
    assert make.browser(late).get(f"/reports/{references[0].reference}").status_code == 404
    assert "R-" not in make.browser(late).get("/reports").text
    assert make.browser(stage.mod).get(f"/reports/{references[0].reference}").status_code == 404, (
        "the desk is elsewhere"
    )


def test_a_title_that_one_may_no_longer_see_is_not_shown(make: Any, stage: Stage) -> None:
    from sqlalchemy import update

    from forum.categories.models import Category

    reference = stage.report().reference
    with make.core.db.write() as session:
        session.execute(update(Category).values(visibility="staff"))
    browser = make.browser(stage.reporter)
    for url in ("/reports", f"/reports/{reference}"):
        assert "CANARYtitle" not in browser.get(url).text and reference in browser.get(url).text


# -- statements ------------------------------------------------------------------------------------------------------


def test_the_statement_says_all_that_the_law_wants(make: Any, stage: Stage) -> None:
    stage.report()
    decision = stage.decide("hide")
    page = make.browser(stage.author).get(f"/decisions/{decision}").text
    for words in (
        "We hid a post of yours", "Hidden from everybody but you", "<strong>CANARYwhy</strong>",
        "<em>of the author</em>",
        'href="/guidelines/1#rule-1"', "We do not say that it is against the law", "Somebody reported it.",
        "No program had a part in it.", "in every country", "24 May 2027", "Article 21", "or to a court",
        'action="/decisions/1/appeal"', make.get(Statement, 1).reference,
    ):  # fmt: skip
        assert words in page, words
    assert "*of the author*" not in page and "**CANARYwhy**" not in page, "cooked, never raw"


def test_markup_in_what_is_quoted_stays_text(make: Any, stage: Stage) -> None:
    evil = make.reply(stage.author, stage.thread.thread_id, "<script>alert(1)</script> [x](javascript:alert(1))")
    decision = stage.decide("hide", row_id=evil.id, explanation="<img src=x onerror=alert(1)>")
    page = make.browser(stage.author).get(f"/decisions/{decision}").text
    assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript:' not in page


@pytest.mark.parametrize(
    ("action", "kind", "words"),
    [
        ("remove", "post", "Out of sight, for you too."), ("hide", "thread", "with all that stands in it"),
        ("demote", "thread", "the general lists leave it out"),
        ("warn", "post", "Nothing is taken from you."), ("silence", "member", "You cannot write until"),
        ("suspend", "member", "you see what guests see"), ("ban", "member", "It is closed, without an end."),
        ("hold", "member", "a moderator reads every new post of yours"),
    ],
)  # fmt: skip
def test_every_act_has_its_sentence(make: Any, stage: Stage, action: str, kind: str, words: str) -> None:
    row_id = {"post": stage.post.id, "thread": stage.thread.thread_id, "member": stage.author.id}[kind]
    until = {"until": make.now + timedelta(days=3)} if action in {"silence", "suspend", "hold"} else {}
    decision = stage.decide(action, kind, row_id, **until)
    whose = stage.other if kind == "thread" else stage.author
    page = make.browser(whose).get(f"/decisions/{decision}")
    assert page.status_code == 200 and words in page.text
    if until:
        assert "24 November 2026" in page.text


def test_taken_back_and_reversed(make: Any, stage: Stage) -> None:
    browser = make.browser(stage.author)
    taken = stage.decide("hide")
    stage.undo(taken)
    page = browser.get(f"/decisions/{taken}").text
    assert (
        "We took this decision back on Saturday 21 November." in page and "There is nothing left to object to." in page
    )
    second = stage.decide("hide")
    stage.answer(stage.appeal(second), "reversed")
    page = browser.get(f"/decisions/{second}").text
    assert "The decision was reversed on Saturday 21 November." in page and "CANARYreasons" in page
    assert browser.get("/decisions").text.count("Taken back") == 2


def test_an_objection_from_the_statement(make: Any, stage: Stage) -> None:
    decision = stage.decide("hide")
    browser = make.browser(stage.author)
    browser.get(f"/decisions/{decision}")
    empty = browser.post(f"/decisions/{decision}/appeal", {"text": "  "})
    assert empty.status_code == 422 and "Write why you see it differently." in empty.text
    long = browser.post(f"/decisions/{decision}/appeal", {"text": "y" * 4001})
    assert long.status_code == 422 and "y" * 4001 in long.text
    done = browser.post(f"/decisions/{decision}/appeal", {"text": "It was a joke."})
    assert done.headers["location"] == f"/decisions/{decision}"
    page = browser.follow(done).text
    assert "It was a joke." in page and "Waiting for an answer" in page and "You will have an answer by" in page
    twice = browser.post(f"/decisions/{decision}/appeal", {"text": "Once more, please."})
    assert twice.status_code == 409 and "Once more, please." in twice.text and count(make, Appeal) == 1


def test_a_warning_is_read_before_one_writes_again(make: Any, stage: Stage) -> None:
    decision = stage.decide("warn")
    browser = make.browser(stage.author)
    assert "The moderators have written to you." in browser.get("/").text
    assert "The moderators have written to you." not in browser.get(f"/decisions/{decision}").text, "it says so itself"
    reply = f"/threads/{stage.thread.thread_id}/replies"
    assert browser.post(reply, {"body": "More words"}).status_code == 403
    assert make.browser(stage.reporter).post(f"/decisions/{decision}/acknowledge").status_code == 404
    done = browser.post(f"/decisions/{decision}/acknowledge", follow=True)
    assert "Thank you. You can write again." in done.text and "You said on Saturday 21 November" in done.text
    assert make.get(Statement, 1).acknowledged_at == make.now and make.get(Member, stage.author.id).warning_id is None
    assert browser.post(f"/decisions/{decision}/acknowledge").status_code == 303, "twice is once"
    assert browser.post(reply, {"body": "More words"}).status_code in {200, 201, 303}
    assert "The moderators have written" not in browser.get("/").text


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("silence", "You cannot write until Tuesday 24 November 2026, 10:00."),
        ("suspend", "suspended until Tuesday 24 November 2026, 10:00."),
        ("ban", "Your account is closed."),
    ],
)  # fmt: skip
def test_the_band_says_until_when_and_leads_to_the_reasons(make: Any, stage: Stage, action: str, words: str) -> None:
    until = {} if action == "ban" else {"until": make.now + timedelta(days=3)}
    decision = stage.decide(action, "member", stage.author.id, **until)
    browser = make.browser(stage.author)
    page = browser.get("/").text
    assert words in page and f'href="/decisions/{decision}"' in page
    assert words not in make.browser(stage.reporter).get("/").text
    statement = browser.get(f"/decisions/{decision}")
    assert statement.status_code == 200 and "Ask for a second look" in statement.text
    assert browser.post(f"/decisions/{decision}/appeal", {"text": "Please look again."}).status_code == 303
    assert browser.get("/reports").status_code == browser.get("/decisions").status_code == 200


def test_the_band_costs_the_others_nothing(make: Any, stage: Stage) -> None:
    from sqlalchemy import event

    def statements(who: Any) -> int:
        browser = make.browser(who)
        browser.get("/decisions")
        ran: list[str] = []

        def note(*args: Any) -> None:
            ran.append(args[2])

        event.listen(make.core.db.engine, "before_cursor_execute", note)
        browser.get("/guidelines/markdown")
        event.remove(make.core.db.engine, "before_cursor_execute", note)
        return sum("sanctions" in statement for statement in ran)

    stage.decide("silence", "member", stage.author.id, until=make.now + timedelta(days=3))
    assert statements(stage.author) == 1 and statements(stage.reporter) == 0


# -- canaries --------------------------------------------------------------------------------------------------------


def test_nobody_leaks_on_any_of_these_pages(make: Any, client: Any, stage: Stage) -> None:
    first = stage.report().reference
    stage.report("second")
    hidden = stage.decide("hide", to_reporters="Thanks.")
    other = make.reply(stage.other, stage.thread.thread_id, "CANARYotherwords")
    theirs = stage.decide("hide", row_id=other.id, explanation="CANARYotherwhy")
    stage.answer(stage.appeal(hidden), "upheld")
    pages = ["/reports", f"/reports/{first}", "/decisions", "/moderation/public", "/notifications"]
    pages += [f"/decisions/{one}{more}" for one in (hidden, theirs) for more in ("", "/appeal")]
    make.drain()
    allowed = {
        "author": {"CANARYauthor", "CANARYwords", "CANARYwhy", "CANARYobjection", "CANARYreasons", "CANARYtitle"},
        "reporter": {"CANARYreporter", "CANARYdetail by reporter", "CANARYtitle", "CANARYauthor"},
        "second": {"CANARYsecond", "CANARYdetail by second", "CANARYtitle"},
        "other": {"CANARYother", "CANARYotherwords", "CANARYotherwhy", "CANARYtitle"},
    }
    canaries = {"CANARYmod", "CANARYboss", "CANARYthanks"}.union(*allowed.values())
    for who, mine in allowed.items():
        browser = make.browser(stage.people[who])
        text = "".join(browser.get(url, follow=True).text for url in pages)
        # everybody reads who answered them in their thread: that is the list of notices, not moderation
        plain = text.replace("CANARYauthor display replied", "") if who == "other" else text
        for canary in canaries - mine:
            assert not re.search(rf"{canary}(?![a-z])", plain), f"{canary} to {who}"
    guest = "".join(client.get(url).text for url in pages)
    assert "CANARY" not in guest


# -- the public log --------------------------------------------------------------------------------------------------


def test_the_public_log_says_what_and_why_and_names_nobody(make: Any, client: Any, stage: Stage) -> None:
    stage.report()
    stage.decide("hide")
    stage.undo(stage.decide("warn"))
    removed = stage.decide("remove")
    stage.answer(stage.appeal(removed), "reversed")
    secret = make.thread(stage.mod, make.category("cellar", visibility="staff", name="CANARYcellar"))
    stage.decide("lock", "thread", secret.thread_id, who="boss")
    page = client.get("/moderation/public").text
    for words in (
        "November 2026", "A post was hidden", "in Here", "Attacks on a person", "/guidelines/1#rule-1",
        "A member was warned",
        "Taken back", "Reversed after an objection", "A thread was locked",
    ):  # fmt: skip
        assert words in page, words
    assert "CANARY" not in page and "09:00" not in page and "10:00" not in page
    assert "CANARYcellar" not in make.browser(stage.boss).get("/moderation/public").text
    assert 'href="/moderation/public"' in client.get("/guidelines").text


def test_the_public_log_goes_on_and_by_month(make: Any, clock: Any, stage: Stage) -> None:
    for _ in range(30):
        stage.decide("lock", "thread", stage.thread.thread_id)
        stage.decide("unlock", "thread", stage.thread.thread_id)
    clock.forward(days=30)
    stage.decide("pin", "thread", stage.thread.thread_id)
    browser = make.browser()
    page = browser.get("/moderation/public").text
    assert page.count("A thread was") == 50 and "December 2026" in page and "November 2026" in page
    older = re.search(r'href="(/moderation/public\?after=[^"]+)"', page)
    assert older and browser.get(older[1]).text.count("A thread was") == 11
    november = browser.get("/moderation/public?month=2026-11").text
    assert november.count("A thread was") == 50 and "pinned" not in november
    for odd in ("?month=2026-13", "?month=x", "?month=9999-99", "?after=zzz", "?month=0000-01"):
        assert browser.get(f"/moderation/public{odd}").status_code == 200


def test_the_public_log_is_kept_for_guests(make: Any, stage: Stage) -> None:
    stage.decide("hide")
    first = make.browser().get("/moderation/public")
    assert first.status_code == 200 and "set-cookie" not in first.headers and '_csrf" value=""' in first.text
