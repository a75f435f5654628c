"""The verbs of accounts. Each runs inside the caller's transaction and never commits.

Two take the database instead (`sign_in`, `prove`): they hash a password between a look and a write.
"""

from forum.accounts.domain.attempts import Watch, device_mark, login_delay
from forum.accounts.domain.links import (
    LinkSpent,
    ask_reset,
    issue,
    issue_setup,
    look,
    set_password_by_link,
    set_up,
    use,
)
from forum.accounts.domain.names import (
    Person,
    check_name,
    check_person,
    clean_display_name,
    clean_email,
    clean_name,
    require_free,
    suggest,
)
from forum.accounts.domain.people import create_member, end_links, end_session, end_sessions, end_tokens, set_role
from forum.accounts.domain.security import (
    ask_email_change,
    change_password,
    confirm_email_change,
    issue_token,
    revoke_token,
)
from forum.accounts.domain.sessions import Opened, close_session, open_session, prove, sign_in
from forum.accounts.domain.signup import confirm, start_signup, waiting
from forum.accounts.domain.upkeep import purge

__all__ = [
    "LinkSpent", "Opened", "Person", "Watch", "ask_email_change", "ask_reset", "change_password", "check_name",
    "check_person", "clean_display_name", "clean_email", "clean_name", "close_session", "confirm",
    "confirm_email_change", "create_member", "device_mark", "end_links", "end_session", "end_sessions",
    "end_tokens", "issue", "issue_setup", "issue_token", "login_delay", "look", "open_session", "prove", "purge",
    "require_free", "revoke_token", "set_password_by_link", "set_role", "set_up", "sign_in", "start_signup",
    "suggest", "use", "waiting",
]  # fmt: skip
