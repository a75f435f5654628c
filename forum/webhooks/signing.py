"""Standard Webhooks: who sent it and that nobody changed it, by HMAC over id, time and body.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. While a key is being replaced both
sign: the receiver may change over at any time in between.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

PREFIX = "whsec_"
KEY_BYTES = 32  # the specification: 24 to 64
BACKOFF = tuple(
    timedelta(seconds=it) for it in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)  # fmt: skip
"""The specification's schedule: after the first try 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours: three days."""


def new_key() -> str:
    """A fresh secret as receivers enter it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def signature(key: str, message_id: str, at: datetime, body: bytes) -> str:
    """`v1,…` of one key. Raises ValueError for a key that is none."""
    try:
        raw = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not a key in base64") from error
    signed = b".".join((message_id.encode("ascii"), str(int(at.timestamp())).encode("ascii"), body))
    return "v1," + base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode("ascii")


def headers(keys: Iterable[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers; `message_id` stays the same however often a message is sent, time and signature do not."""
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signature(key, message_id, at, body) for key in keys),
    }


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after the nth try that failed; None: that was the last."""
    return BACKOFF[tries - 1] if tries <= len(BACKOFF) else None


def slack(text: str) -> str:
    """`text` for a message in Slack's format: the three characters that mean something are written out.

    Source: docs.slack.dev/messaging/formatting-message-text, "Escaping text".
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
