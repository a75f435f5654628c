"""Rules that fill the inbox: posts with a tag, of a category, with certain words; surveys with a low mark.

Nothing is published and nobody is told: a person of the staff looks at what waits.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.feedback import queries
from forum.feedback.domain.inbox import LONGEST_NOTE, point
from forum.feedback.models import Rule
from forum.meetups.models import Survey
from forum.members.models import Member
from forum.policy.feedback import counts
from forum.prevention.reading import read
from forum.prevention.rules import Lists, Word
from forum.threads.models import Post, Thread


def rules_for(session: Session, post_id: int) -> list[Rule]:
    """The rules that a visible post of a member meets: two statements, one while there are no rules."""
    rules = [rule for rule in queries.rules(session) if rule.match != "survey"]
    if not rules:
        return []
    row = session.execute(
        select(Post.source, Post.html, Post.number, Thread.title, Thread.tag_names, Category.slug, Member.role)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Post.author_id)
        .where(Post.id == post_id, Post.state == "visible")
    ).first()
    if row is None or not counts(row.role):
        return []
    opening = row.number == 1
    said = _said([rule for rule in rules if rule.match == "phrase"], row.source, row.html, row.title if opening else "")
    tags = row.tag_names.split()
    return [
        rule
        for rule in rules
        if (rule.match == "tag" and rule.value in tags)
        or (rule.match == "category" and opening and rule.value == row.slug)
        or rule.id in said
    ]


def _said(rules: list[Rule], source: str, html: str, title: str) -> set[int]:
    """Ids of the rules whose words stand in a text: matched as watched words are (RE2, on letters alone)."""
    if not rules:
        return set()
    words = tuple(Word(rule.id, rule.value, "flag") for rule in rules)
    return {word.id for word in Lists(words).found(read(source, html, title))}


def point_at(session: Session, post_id: int, rules: list[Rule], *, now: datetime) -> int:
    """An entry for each rule, once; how many were new."""
    return sum(
        point(
            session, key=f"rule:{rule.id}:{post_id}", source="rule", post_id=post_id, rule_id=rule.id, kind=rule.kind,
            now=now,
        )
        for rule in rules
    )  # fmt: skip


def point_at_survey(session: Session, survey_id: int, *, now: datetime) -> int:
    """An entry for each rule whose mark an answer does not pass, once; how many were new. The staff's own count not."""
    row = session.execute(
        select(Survey.rating, Survey.better, Member.role)
        .join(Member, Member.id == Survey.member_id)
        .where(Survey.id == survey_id)
    ).first()
    if row is None or not counts(row.role):
        return 0
    low = [rule for rule in queries.rules(session) if rule.match == "survey" and row.rating <= _mark(rule)]
    return sum(
        point(
            session, key=f"rule:{rule.id}:survey:{survey_id}", source="survey", survey_id=survey_id, rule_id=rule.id,
            kind=rule.kind, note=" ".join(row.better.split())[:LONGEST_NOTE], now=now,
        )
        for rule in low
    )  # fmt: skip


def _mark(rule: Rule) -> int:
    return int(rule.value) if rule.value.isascii() and rule.value.isdigit() else 0
