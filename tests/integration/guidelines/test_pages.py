"""What everybody reads: the rules, their versions, what changed; who may write them."""

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.support.guidelines import FORTNIGHT, Rules
from tests.support.web import every

ROLES = ("guest", "member", "team", "moderator")


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager")


@pytest.fixture
def rules(make, boss):
    return Rules(make, boss)


def words(answer):
    """The page as a reader hears it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_built_in_rules_in_both_languages(make, client):
    page = client.get("/guidelines")
    assert page.status_code == 200 and "Argue about the thing, not about the person." in page.text
    assert list(every(r'<h2 id="(rule-\d+)">', page.text)) == [f"rule-{n}" for n in range(1, 12)]
    assert list(every(r'<li><a href="#(rule-\d+)">', page.text)) == [f"rule-{n}" for n in range(1, 12)]
    italian = make.browser(language="it").get("/guidelines")
    assert "Si discute della cosa, non della persona." in italian.text
    assert len(list(every(r'<h2 id="(rule-\d+)">', italian.text))) == 11
    assert client.get("/guidelines/1").status_code == 200
    assert client.get("/guidelines/2").status_code == 404
    assert "This is the first version." in client.get("/guidelines/1/changes").text


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_built_in_rules_say_what_the_law_asks_for(make, language):
    """DSA, Art. 14: what is restricted, measures, tools and machines, human review, complaints; Art. 12: contact."""
    text = words(make.browser(language=language).get("/guidelines"))
    for needed in {
        "en": ("six months", "machine", "by a person", "what we did, by which rule", "suspend an account", "Report",
               "/members", "fourteen days", "certified body", "costs nothing"),
        "it": ("sei mesi", "macchin", "la prende una persona", "in base a quale regola", "sospendere un profilo",
               "Segnala", "/members", "quattordici giorni", "organismo certificato", "Non costa niente"),
    }[language]:  # fmt: skip
        assert needed in text or needed in make.browser(language=language).get("/guidelines").text, needed


def test_a_guest_reads_of_what_is_announced_in_a_plain_line(make, client, rules, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)
    page = client.get("/guidelines")
    assert "From Saturday 5 December version 2 applies." in page.text
    assert 'class="band"' not in page.text and "I have read them" not in page.text
    assert 'class="band"' not in client.get("/").text
    assert "These rules apply from Saturday 5 December." in client.get("/guidelines/2").text
    assert "Argue about the thing" in client.get("/guidelines/1").text


def test_an_address_of_a_rule_holds_for_ever(make, client, rules, clock):
    rules.publish(effective_at=clock() + FORTNIGHT, title="Be kind")
    clock.forward(days=20)
    rules.publish(effective_at=None, significant=False, title="Be kinder")
    client.get("/")
    old = client.get("/guidelines/2")
    assert re.search(r'<h2 id="rule-1"><a [^>]*href="#rule-1">1</a> Be kind</h2>', old.text)
    assert "This version applied until Friday 11 December." in old.text and "noindex" in old.text
    assert "Today version 3 applies." in old.text
    new = client.get("/guidelines")
    assert "Be kinder" in new.text and "Version 3" in new.text and "noindex" not in new.text
    assert '<link rel="canonical" href="http://127.0.0.1:8000/guidelines">' in client.get("/guidelines/3").text


def test_the_history_names_every_version(client, rules, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)
    rules.withdraw(2)
    clock.forward(days=1)
    rules.publish(effective_at=None, significant=False)
    rules.draft()
    page = words(client.get("/guidelines/history"))
    assert "Version 3 in force since Sunday 22 November corrections only What changed" in page
    assert "announced on Saturday 21 November, withdrawn on Saturday 21 November" in page
    assert "from the first day until Sunday 22 November" in page
    assert "Version 4" not in page, "a draft is the managers'"
    assert "This version was withdrawn on Saturday 21 November" in client.get("/guidelines/2").text


def test_what_changed_word_by_word(make, client, rules, clock):
    calm = "\n\n".join(f"Paragraph {n} stays as it has been, word for word, and says very little." for n in range(9))
    text = "Hello.\n\n## Old\n\n" + calm + "\n\n## Be {}\n\nTo everybody.\n"
    rules.publish(effective_at=None, significant=False, source_en=text.format("kind"), source_it="## Una\n\n## Due")
    clock.forward(days=1)
    rules.publish(
        effective_at=None, significant=False, source_en=text.format("patient"), source_it="## Una\n\n## Due",
        changes_en="Patience <b>first</b>.",
    )  # fmt: skip
    page = client.get("/guidelines/3/changes")
    assert "<del>kind</del><ins>patient</ins>" in page.text
    assert "2 · Be" in page.text, "the rule in which it changed, as decisions cite it"
    assert "Patience &lt;b&gt;first&lt;/b&gt;." in page.text
    folded = re.search(r'<details class="gap">.*?</details>', page.text, re.S)
    assert folded and "Paragraph 3 stays" in folded[0], "the calm stretch is there, folded"
    assert page.text.count("Paragraph 3 stays") == 1
    assert 'class="snapshot diff"' not in make.browser(language="it").get("/guidelines/3/changes").text, "same there"


def test_attack_strings_stay_words(client, rules):
    evil = '<script>alert(1)</script> <img src=x onerror=alert(1)> "quoted" & [x](javascript:alert(1))'
    rules.publish(
        effective_at=None, significant=False, source_en=f"## {evil}\n\n{evil}", source_it=f"## {evil}\n\n{evil}",
        changes_en=evil, changes_it=evil,
    )  # fmt: skip
    for path in ("/guidelines", "/guidelines/2", "/guidelines/history", "/guidelines/2/changes"):
        text = client.get(path).text
        assert "<script>alert" not in text and "<img src=x" not in text and 'href="javascript:' not in text, path


@pytest.mark.parametrize("role", ROLES)
def test_the_desk_is_for_managers(make, rules, role):
    number = rules.draft()
    browser = make.browser(None if role == "guest" else make.member(role=role))
    for path in ("", f"/{number}/edit", f"/{number}/announce", f"/{number}/withdraw", f"/{number}/discard"):
        answer = browser.get("/manage/guidelines" + path)
        assert answer.headers.get("location", "").startswith("/login") if role == "guest" else answer.status_code == 403
    for path in ("", f"/{number}/edit", f"/{number}/announce", f"/{number}/withdraw", f"/{number}/discard"):
        browser.get("/login")
        form = {"source_en": "## x", "source_it": "## x", "version": "1", "significant": "0"}
        assert browser.post("/manage/guidelines" + path, form).status_code in {401, 403}, path
    assert browser.get(f"/guidelines/{number}").status_code == 404
    row = rules.row(number)
    assert row.version == 1 and row.announced_at is None


def test_writing_and_announcing_without_scripts(make, boss, rules, clock):
    browser = make.browser(boss)
    assert "Write the next version" in browser.get("/manage/guidelines").text
    edit = browser.post("/manage/guidelines", follow=True)
    assert edit.request.url.path == "/manage/guidelines/2/edit" and "Argue about the thing" in edit.text
    form = {"source_en": "## Be kind\n\nAlways.", "source_it": "## Sii gentile\n\nSempre.", "version": "1"}
    shown = browser.post("/manage/guidelines/2/edit?preview=it", form)
    assert shown.status_code == 200 and "Sii gentile</h2>" in shown.text and "Be kind\n" in shown.text
    assert rules.row(2).version == 1, "a preview saves nothing"
    fragment = browser.post("/manage/guidelines/2/edit?preview=en", form, htmx=True)
    assert fragment.text.strip().startswith("<h2 id") and "<html" not in fragment.text
    page = browser.post("/manage/guidelines/2/edit", form, follow=True)
    assert "Say in a sentence or two what changes" in page.text, "what is missing is said before it is asked for"
    refused = browser.post("/manage/guidelines/2/announce", {"significant": "1", "date": "2026-12-06", "version": "2"})
    assert refused.status_code == 422 and refused.text.count("Say in a sentence or two") >= 2
    browser.post("/manage/guidelines/2/edit", {**form, "changes_en": "Kind.", "changes_it": "Gentili.", "version": "2"})
    early = browser.post("/manage/guidelines/2/announce", {"significant": "1", "date": "2026-12-05", "version": "3"})
    assert early.status_code == 422 and "Members need fourteen days" in early.text
    odd = browser.post("/manage/guidelines/2/announce", {"significant": "1", "date": "soon", "version": "3"})
    assert odd.status_code == 422 and "year-month-day" in odd.text
    ask = browser.get("/manage/guidelines/2/announce")
    assert 'value="2026-12-06"' in ask.text, "the first day that leaves everybody fourteen"
    done = browser.post("/manage/guidelines/2/announce", {"significant": "1", "date": "2026-12-06", "version": "3"})
    assert done.status_code == 303
    assert rules.row(2).effective_at == clock().replace(month=12, day=5, hour=23), "midnight where the manager lives"
    page = browser.get("/manage/guidelines")
    assert "Version 2 is announced" in page.text and "1 member" in page.text and "Withdraw" in page.text
    assert browser.post("/manage/guidelines").status_code == 409, "no second one beside it"
    assert browser.get("/manage/guidelines/2/edit").status_code == 409
    assert browser.get("/manage/guidelines/2/withdraw").status_code == 200
    assert browser.post("/manage/guidelines/2/withdraw").status_code == 303
    assert browser.get("/manage/guidelines/2/withdraw").status_code == 409
    assert "Write the next version" in browser.get("/manage/guidelines").text


def test_a_stale_draft_shows_both_texts(make, boss, rules):
    other = make.member("teo", role="admin")
    rules.draft()
    mine, theirs = make.browser(boss), make.browser(other)
    form = {"source_en": "## Mine", "source_it": "## Mio", "version": "1"}
    assert theirs.post("/manage/guidelines/2/edit", {**form, "source_en": "## Theirs"}).status_code == 303
    answer = mine.post("/manage/guidelines/2/edit", form)
    assert answer.status_code == 409 and "Somebody saved this draft" in answer.text
    assert ">\n## Mine</textarea>" in answer.text and ">\n## Theirs</textarea>" in answer.text
    assert "<del>Theirs</del><ins>Mine</ins>" in answer.text
    assert 'name="version" value="2"' in answer.text and rules.row(2).source_en == "## Theirs"
    assert mine.post("/manage/guidelines/2/edit", {**form, "version": "2"}).status_code == 303
    assert rules.row(2).source_en == "## Mine"
    late = theirs.post("/manage/guidelines/2/announce", {"significant": "0", "date": "", "version": "2"})
    assert late.status_code == 409 and "Somebody changed the draft meanwhile." in late.text
    assert rules.row(2).announced_at is None
    assert theirs.post("/manage/guidelines/2/discard", {"version": "2"}).status_code == 409
    assert theirs.post("/manage/guidelines/2/discard", {"version": "3"}).status_code == 303
    assert rules.row(2) is None


def test_what_is_too_long_comes_back_as_it_was_typed(make, boss, rules):
    rules.draft()
    long = "## x\n\n" + "è" * 17_000
    answer = make.browser(boss).post("/manage/guidelines/2/edit", {"source_en": long, "source_it": "x", "version": "1"})
    assert answer.status_code == 422 and "characters too long" in answer.text and long in unescape(answer.text)
    preview = make.browser(boss).post("/manage/guidelines/2/edit?preview=en", {"source_en": long}, htmx=True)
    assert "characters too long" in preview.text


def test_the_rules_take_turns_at_their_hour(client, rules, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)
    clock.forward(days=14)
    clock.now -= timedelta(seconds=1)
    assert "Argue about the thing" in client.get("/guidelines?a").text
    clock.forward(seconds=1)
    assert "Be kind" in client.get("/guidelines?b").text
