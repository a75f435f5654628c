"""Every restriction yields a record in the Commission's fields that is valid against the schema of its field list."""

from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from forum.legal.queries.records import lines, record_view
from forum.legal.records import Facts, record
from forum.legal.schema import SCHEMA
from forum.moderation.domain import RULES, Act, decide
from forum.moderation.models import REASONS
from forum.threads.compose import compose

VALID = Draft202012Validator(SCHEMA)
RESTRICTING = [(name, target) for name, rule in RULES.items() if rule.restricts for target in rule.on]


def wrong(made: dict[str, Any]) -> list[str]:
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in VALID.iter_errors(made)]


def restrict(make: Any, action: str, target: str, **more: Any) -> tuple[Any, int, Any]:
    author = make.member("CANARYauthor", locale="it")
    mod = make.member("CANARYmod", role="moderator")
    thread = make.thread(author, body="A picture: ![x](/uploads/images/x.png)")
    row_id = {"post": thread.id, "thread": thread.thread_id, "member": author.id}[target]
    needs_end = RULES[action].ends
    with make.core.db.write() as session:
        draft = compose(session, "Milder.") if action == "edit" else None
    with make.core.db.write() as session:
        act = Act(
            action=action, **{"reason": "hate", "rule": "1", "explanation": "CANARYwords", **more}, draft=draft,
            until=make.now + timedelta(days=7) if needs_end else None,
        )  # fmt: skip
        made = decide(session, actor=mod, act=act, target_type=target, target_id=row_id, now=make.now)
    return mod, made.id, made


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("action", "target"), RESTRICTING)
def test_every_restriction_yields_a_valid_record(make: Any, action: str, target: str) -> None:
    mod, decision_id, outcome = restrict(make, action, target)
    with make.core.db.read() as session:
        view = record_view(session, mod, decision_id, "https://forum.example")
    made = record(view.facts)
    assert wrong(made) == []
    assert made["puid"] == outcome.statement and made["application_date"] == "2026-11-21"
    assert "CANARY" not in str(made), "nothing typed, nobody named"
    ends = [name for name in made if name.startswith("end_date")]
    assert bool(ends) == bool(RULES[action].ends)


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("source", ["own", "report", "article16", "flagger"])
def test_every_reason_and_source(make_facts: Any, reason: str, source: str) -> None:
    made = record(make_facts(reason=reason, source=source, illegal=reason == "illegal"))
    assert wrong(made) == []
    assert (made["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT") == (reason == "illegal")


@pytest.fixture
def make_facts() -> Any:
    from datetime import UTC, datetime

    at = datetime(2026, 11, 21, tzinfo=UTC)

    def made(**more: Any) -> Facts:
        return Facts(**{"puid": "S-ABCDEFGH", "action": "remove", "target_type": "post", "reason": "hate",
                        "made_at": at, "content_at": at, **more})  # fmt: skip

    return made


@pytest.mark.parametrize(
    "change",
    [
        {"puid": "S ABC"}, {"category": "STATEMENT_CATEGORY_X"}, {"decision_visibility": []}, {"extra": 1},
        {"content_type": ["CONTENT_TYPE_OTHER"]}, {"decision_facts": "x" * 5001}, {"application_date": "21/11/2026"},
        {"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, {"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"},
    ],
)  # fmt: skip
def test_the_schema_can_refuse(make_facts: Any, change: dict[str, Any]) -> None:
    assert wrong({**record(make_facts()), **change}) != []


@pytest.mark.parametrize("action", [name for name, rule in RULES.items() if not rule.restricts])
def test_what_restricts_nobody_has_no_record(make_facts: Any, action: str) -> None:
    with pytest.raises(KeyError):
        record(make_facts(action=action))


def test_a_moderator_names_the_law(make: Any) -> None:
    mod, decision_id, _ = restrict(make, "remove", "post")
    path = f"/moderation/decisions/{decision_id}/record"
    desk = make.browser(mod)
    assert "DECISION_GROUND_INCOMPATIBLE_CONTENT" in desk.get(path).text
    form = {"illegal": "1", "category": "hate", "keyword": "KEYWORD_DEFAMATION", "legal_ground": ""}
    assert desk.post(path, form).status_code == 422
    assert desk.post(path, {**form, "legal_ground": "Art. 595 c.p."}).status_code == 303
    page = desk.get(path).text
    assert "DECISION_GROUND_ILLEGAL_CONTENT" in page and "Art. 595 c.p." in page
    with make.core.db.read() as session:
        (line,) = lines(session, make.now - timedelta(days=1), make.now + timedelta(days=1), "https://forum.example")
        made = record(line.facts)
    assert wrong(made) == [] and made["category_specification"] == ["KEYWORD_DEFAMATION"]
    assert make.browser(make.member()).get(path).status_code == 403
