"""The verbs of feedback. None of them commits; time is an argument."""

from forum.feedback.domain.evidence import NewEvidence, add_evidence, remove_evidence, split
from forum.feedback.domain.inbox import accept, dismiss, flag, put_back
from forum.feedback.domain.items import ItemChange, NewItem, change, create
from forum.feedback.domain.merging import merge, unmerge
from forum.feedback.domain.rules import NewRule, rule_active, save_rule
from forum.feedback.domain.status import StatusChange, set_status
from forum.feedback.domain.teams import (
    NewTeam,
    NewTheme,
    join_team,
    leave_team,
    merge_themes,
    save_team,
    save_theme,
)  # fmt: skip
from forum.feedback.domain.voices import (
    erase_words,
    may_be_quoted,
    may_be_quoted_from,
    set_terms,
    take_back,
    too,
)  # fmt: skip

__all__ = [
    "ItemChange", "NewEvidence", "NewItem", "NewRule", "NewTeam", "NewTheme", "StatusChange", "accept",
    "add_evidence", "change", "create", "dismiss", "erase_words", "flag", "join_team", "leave_team",
    "may_be_quoted", "may_be_quoted_from", "merge", "merge_themes", "put_back", "remove_evidence",
    "rule_active", "save_rule", "save_team", "save_theme", "set_status", "set_terms", "split", "take_back",
    "too", "unmerge",
]  # fmt: skip
