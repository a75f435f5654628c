"""GitHub, REST API 2022-11-28: one issue for an item, found again by a hidden marker before another one is made.

Source: docs.github.com/rest/issues/issues and /rest/search/search. The search finds what is older and learns of a new
issue late; the list of the newest issues is always true. So both are asked.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from forum.feedback.delivery.senders.base import Issue, Outcome, Secrets, call, read
from forum.kit.i18n import N_
from forum.webhooks.outgoing import Answer, Outgoing, Unreachable, url_problem

API = "https://api.github.com"
LONGEST_TITLE = 256
MEANS = re.compile(r"([\\`*_{}\[\]<>()#+!|~@-])")


def open_issue(out: Outgoing, secrets: Secrets, options: dict[str, str], issue: Issue, now: datetime) -> Outcome:
    """Raises Refused, Unreachable."""
    base, repo, heads = secrets.url.rstrip("/"), options["repository"], _headers(secrets)
    path = f"{base}/repos/{quote(repo, safe='/')}/issues"
    since = (issue.since - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    newest = urlencode({"state": "all", "sort": "created", "direction": "desc", "per_page": 100, "since": since})
    searched = [(f"{base}/search/issues?{_query(repo, marker)}", marker) for marker in issue.markers]
    for url, marker in (*searched, (f"{path}?{newest}", issue.marker)):
        answer = call(out, "GET", url, headers=heads)
        if not answer.ok:
            return _failed(answer, now)
        found = _marked(answer, marker)
        if chosen := issue.chosen(marker, list(found)):
            return _there(out, answer.status, found[chosen])
    labels = [it.strip() for it in options.get("labels", "").split(",") if it.strip()]
    asked = {"title": issue.title[:LONGEST_TITLE], "body": body(issue), "labels": labels}
    answer = call(out, "POST", path, headers=heads, body=asked)
    if not answer.ok:
        return msgspec.structs.replace(_failed(answer, now), final=answer.status in {400, 413, 422})
    return _there(out, answer.status, answer.json())


def check(out: Outgoing, secrets: Secrets, options: dict[str, str], now: datetime) -> Outcome:
    """Can the repository be seen? Nothing is made. Raises Refused, Unreachable."""
    url = f"{secrets.url.rstrip('/')}/repos/{quote(options['repository'], safe='/')}"
    answer = call(out, "GET", url, headers=_headers(secrets))
    return _failed(answer, now)


def body(issue: Issue) -> str:
    """The issue in Markdown: what people wrote means nothing in it, and mentions nobody."""
    facts = [f"- **{escaped(label)}:** {escaped(value)}" for label, value in issue.facts if value]
    parts = [escaped(issue.intro), "\n".join(facts), f"[{escaped(issue.link_words)}]({issue.url})",
             f"<!-- {issue.marker} -->"]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def escaped(text: str) -> str:
    """`text` as GitHub shows it word by word."""
    return MEANS.sub(r"\\\1", " ".join(text.split())).replace("\\@", "@\u200b").replace("&", "&amp;")


def _headers(secrets: Secrets) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {secrets.token}", "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }  # fmt: skip


def _query(repo: str, marker: str) -> str:
    """The oldest first: a copy of a marker is younger than what it was copied from."""
    return urlencode({
        "q": f'"{marker}" repo:{repo} in:body type:issue', "sort": "created", "order": "asc", "per_page": 20,
    })  # fmt: skip


def _marked(answer: Answer, marker: str) -> dict[str, dict[str, Any]]:
    """Those of a list whose body holds the marker, by key, the oldest first. Pull requests are listed, too."""
    said = answer.json()
    rows = said.get("items") if isinstance(said, dict) else said
    if not isinstance(rows, list):
        raise Unreachable(N_("the answer lists no issues"))
    found = [
        row for row in rows
        if isinstance(row, dict) and "pull_request" not in row and f"<!-- {marker} -->" in str(row.get("body") or "")
    ]  # fmt: skip
    if not all(isinstance(row.get("number"), int) for row in found):
        raise Unreachable(N_("the answer names no issue"))
    return {f"#{row['number']}": row for row in sorted(found, key=lambda row: int(row["number"]))}


def _there(out: Outgoing, status: int, row: object) -> Outcome:
    if not isinstance(row, dict) or not isinstance(row.get("number"), int):
        raise Unreachable(N_("the answer names no issue"))
    url = str(row.get("html_url") or "")[:500]
    shown = "" if url_problem(url, networks=out.networks) else url
    return Outcome(ok=True, status=status, link=(f"#{row['number']}", shown))


def _failed(answer: Answer, now: datetime) -> Outcome:
    """410 means here that the repository has no issues: somebody may switch them on."""
    try:
        said = answer.json()
    except Unreachable:
        said = None
    words = str(said.get("message") or "") if isinstance(said, dict) else ""
    return msgspec.structs.replace(read(answer, now, says=words), gone=False)
