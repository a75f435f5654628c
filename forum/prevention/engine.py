"""The engine: a text, what is known around it and the rules in force give a verdict. Pure."""

import re

import msgspec

from forum.kit.i18n import Message
from forum.prevention.facts import Facts
from forum.prevention.folding import bare, skeleton
from forum.prevention.phases import PHASES
from forum.prevention.phases.words import hits
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules, Word
from forum.prevention.verdicts import RANK, Finding, Phase, Seen, Verdict

_RUN = re.compile(r"\S+")
STARS = "■■■"
"""What stands for a censored word: no Markdown in it."""


def examine(text: Reading, facts: Facts, rules: Rules) -> Verdict:
    """Every phase that is not off looks at `text`; all that they see is in the verdict.

    The first phase, in their order, that holds or blocks decides; when none does, the first that flags. Texts of those
    who are exempt are looked at by nobody.
    """
    if facts.author.exempt:
        return Verdict()
    findings: list[Finding] = []
    decisive: Finding | None = None
    message: Message = ""
    for phase in PHASES:
        mode = rules.mode(phase.name, phase.mode)
        if mode == "off":
            continue
        seen = phase.look(text, facts, rules)
        if seen is None:
            continue
        finding = outcome_of(phase, seen, mode)
        findings.append(finding)
        if _weight(finding) > _weight(decisive):
            decisive, message = finding, seen.asks or phase.asks
    verdict = Verdict(
        outcome=decisive.mode if decisive else "", phase=decisive.phase if decisive else "",
        reason=decisive.reason if decisive else "", findings=tuple(findings),
        message=message if decisive and decisive.mode == "block" else "",
    )  # fmt: skip
    return _mended(verdict, text, rules) if any(one.phase == "words" for one in findings) else verdict


def outcome_of(phase: Phase, seen: Seen, mode: str) -> Finding:
    """What a phase saw as it is kept, with the mildest of what was asked for and what it may do."""
    asked = seen.most or mode
    least = asked if RANK[asked] < RANK[mode] else mode
    says = seen.says
    return Finding(
        phase.name, least, says.msgid, msgspec.to_builtins(says.params), says.plural, seen.reason or phase.reason
    )


def _weight(finding: Finding | None) -> int:
    """Hold and block decide alike: the first of them wins."""
    return 0 if finding is None else {"observe": 1, "flag": 2, "hold": 3, "block": 3}[finding.mode]


def _mended(verdict: Verdict, text: Reading, rules: Rules) -> Verdict:
    """The verdict with what the list changes by itself: words to censor, tags to give. Not while it only observes."""
    from forum.prevention.phases.words import PHASE

    if RANK[rules.mode("words", PHASE.mode)] < RANK["flag"]:
        return verdict
    found = hits(text, rules)
    tags = tuple(dict.fromkeys(word.with_ for word in found if word.action == "tag" and word.with_))
    hidden = [word for word in found if word.action == "censor"]
    source, title = (censor(text.source, hidden, rules), censor(text.title, hidden, rules)) if hidden else ("", "")
    return Verdict(
        verdict.outcome, verdict.phase, verdict.reason, verdict.findings, verdict.message,
        source if hidden and source != text.source else None, title if hidden and title != text.title else None, tags,
    )  # fmt: skip


def censor(text: str, words: list[Word], rules: Rules) -> str:
    """`text` with the runs of signs that hold one of `words` struck out; phrases take the line's part they stand in.

    Line by line, and only lines that hold one: folding keeps no positions, so a run is struck out whole.
    """
    return "\n".join(_censor_line(line, words, rules) for line in text.split("\n"))


def _censor_line(line: str, words: list[Word], rules: Rules) -> str:
    for word in words:
        if _stands(line, word, rules):
            struck = _strike(line, word, rules)
            line = struck if struck != line else _shortest(line, word, rules)
    return line


def _strike(line: str, word: Word, rules: Rules) -> str:
    return _RUN.sub(lambda run: STARS if _stands(run.group(), word, rules) else run.group(), line)


def _shortest(line: str, word: Word, rules: Rules) -> str:
    """The least stretch of runs that holds a phrase, struck out; again until none is left."""
    for _ in range(50):
        runs = list(_RUN.finditer(line))
        end = next((n for n in range(len(runs)) if _stands(line[: runs[n].end()], word, rules)), None)
        if end is None:
            return line
        start = next(n for n in range(end, -1, -1) if _stands(line[runs[n].start() : runs[end].end()], word, rules))
        line = f"{line[: runs[start].start()]}{STARS}{line[runs[end].end() :]}"
    return line


def _stands(text: str, word: Word, rules: Rules) -> bool:
    form = skeleton(text) if word.kind == "word" else bare(text)
    single = rules.lists.single.get(word.id)
    return single is not None and single.search(form.encode("utf-8", "replace")) is not None
