"""Every feature's tables: the one import that Alembic and the tests need."""

from forum.accounts import models as accounts
from forum.api import models as api
from forum.audit import models as audit
from forum.categories import models as categories
from forum.db import Base
from forum.feedback import models as feedback
from forum.feedback.delivery import models as delivery
from forum.feedback.exports import models as exports
from forum.feedback.polarity import models as polarity
from forum.guidelines import models as guidelines
from forum.importers import models as importers
from forum.legal import models as legal
from forum.meetups import models as meetups
from forum.members import models as members
from forum.moderation import models as moderation
from forum.notifications import models as notifications
from forum.outbox import Outbox
from forum.prevention import models as prevention
from forum.search import models as search
from forum.threads import models as threads

metadata = Base.metadata

__all__ = [
    "Outbox", "accounts", "api", "audit", "categories", "delivery", "exports", "feedback", "guidelines", "importers",
    "legal", "meetups", "members", "metadata", "moderation", "notifications", "polarity", "prevention", "search",
    "threads",
]  # fmt: skip
