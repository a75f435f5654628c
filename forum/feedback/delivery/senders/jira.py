"""Jira Cloud, REST API v3: one issue for an item, found again by its label before another one is made.

Source: developer.atlassian.com/cloud/jira/platform/rest/v3: POST /issue, POST /search/jql; descriptions are Atlassian
Document Format. The search learns of a new issue some seconds later; tries are further apart than that (`queue.py`).
"""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from forum.feedback.delivery.senders.base import Issue, Outcome, Secrets, call, read
from forum.kit.i18n import N_
from forum.webhooks.outgoing import Answer, Outgoing, Unreachable

LONGEST_SUMMARY = 255


def open_issue(out: Outgoing, secrets: Secrets, options: dict[str, str], issue: Issue, now: datetime) -> Outcome:
    """Raises Refused, Unreachable."""
    base, heads = secrets.url.rstrip("/"), _headers(secrets)
    for marker in issue.markers:
        jql = f'project = "{options["project"]}" AND labels = "{marker}" ORDER BY created ASC'
        asked = {"jql": jql, "fields": ["labels"], "maxResults": 20}
        answer = call(out, "POST", f"{base}/rest/api/3/search/jql", headers=heads, body=asked)
        if not answer.ok:
            return read(answer, now, says=explained(answer))
        if chosen := issue.chosen(marker, _keys(answer)):
            return _there(base, answer.status, chosen)
    answer = call(out, "POST", f"{base}/rest/api/3/issue", headers=heads, body={"fields": _fields(options, issue)})
    if not answer.ok:
        outcome = read(answer, now, says=explained(answer))
        return msgspec.structs.replace(outcome, gone=False, final=answer.status in {400, 413, 422})
    made = answer.json()
    if not isinstance(made, dict) or not isinstance(made.get("key"), str):
        raise Unreachable(N_("the answer names no issue"))
    return _there(base, answer.status, made["key"])


def check(out: Outgoing, secrets: Secrets, options: dict[str, str], now: datetime) -> Outcome:
    """Can the project be seen? Nothing is made. Raises Refused, Unreachable."""
    url = f"{secrets.url.rstrip('/')}/rest/api/3/project/{quote(options['project'], safe='')}"
    answer = call(out, "GET", url, headers=_headers(secrets))
    return msgspec.structs.replace(read(answer, now, says=explained(answer)), gone=False)


def _fields(options: dict[str, str], issue: Issue) -> dict[str, Any]:
    return {
        "project": {"key": options["project"]}, "issuetype": {"name": options["type"]},
        "summary": issue.title[:LONGEST_SUMMARY], "labels": [issue.marker], "description": document(issue),
    }  # fmt: skip


def document(issue: Issue) -> dict[str, Any]:
    """The description in Atlassian Document Format: text nodes only, so nothing in it means anything."""
    facts = [
        {"type": "listItem", "content": [_paragraph(_text(f"{label}: ", "strong"), _text(value))]}
        for label, value in issue.facts if value
    ]  # fmt: skip
    link = {**_text(issue.link_words), "marks": [{"type": "link", "attrs": {"href": issue.url}}]}
    listed = [{"type": "bulletList", "content": facts}] if facts else []
    return {"type": "doc", "version": 1, "content": [_paragraph(_text(issue.intro)), *listed, _paragraph(link)]}


def _paragraph(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def _text(words: str, mark: str = "") -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": [{"type": mark}]} if mark else {})}


def _headers(secrets: Secrets) -> dict[str, str]:
    pair = base64.b64encode(f"{secrets.user}:{secrets.token}".encode()).decode("ascii")
    return {"Authorization": f"Basic {pair}"}


def _keys(answer: Answer) -> list[str]:
    said = answer.json()
    issues = said.get("issues") if isinstance(said, dict) else None
    if not isinstance(issues, list):
        raise Unreachable(N_("the answer lists no issues"))
    return [it["key"] for it in issues if isinstance(it, dict) and isinstance(it.get("key"), str)]


def _there(base: str, status: int, key: str) -> Outcome:
    return Outcome(ok=True, status=status, link=(key[:60], f"{base}/browse/{quote(key[:60], safe='')}"))


def explained(answer: Answer) -> str:
    """What Jira says is wrong: its messages, and each field's."""
    try:
        said = answer.json()
    except Unreachable:
        return ""
    if not isinstance(said, dict):
        return ""
    fields = said.get("errors")
    words = [str(it) for it in said.get("errorMessages") or [] if it]
    words += [f"{name}: {text}" for name, text in fields.items()] if isinstance(fields, dict) else []
    return " · ".join(words)
