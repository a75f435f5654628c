"""Accounts in HTML: signing up, in and out, one-time links, and the settings that concern them."""

from forum.accounts.web.links import ForgottenPassword, Links, Setup
from forum.accounts.web.security import Security
from forum.accounts.web.sessions import Sessions
from forum.accounts.web.signups import Signups
from forum.accounts.web.tokens import Tokens

CONTROLLERS = [Signups, Sessions, ForgottenPassword, Links, Setup, Security, Tokens]
