"""What the pages of delivery share."""

from litestar import Response

from forum.feedback.delivery.destinations import Vault
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/feedback/delivery"


def vault(ctx: Ctx) -> Vault:
    """What seals, and where requests may go."""
    return Vault(ctx.core.secret, ctx.settings.reachable)


def version_of(text: str) -> int | None:
    """The version that a form was made from; None when it names none."""
    return int(text) if text.isdecimal() and len(text) < 10 else None
