"""Webhooks: signed as Standard Webhooks say, or as plain text for Slack and what understands the same."""

from datetime import datetime

import msgspec

from forum.feedback.delivery.senders.base import Outcome, Secrets, read
from forum.webhooks.outgoing import Outgoing
from forum.webhooks.signing import headers


def webhook(out: Outgoing, secrets: Secrets, keys: int, message_id: str, body: bytes, now: datetime) -> Outcome:
    """Send `body`, signed by the newest `keys` of the destination's keys. Raises Refused, Unreachable."""
    signed = headers(secrets.keys[:keys], message_id, now, body)
    return read(out.request("POST", secrets.url, headers=signed, body=body), now, sent=body)


def slack(out: Outgoing, secrets: Secrets, text: str, now: datetime) -> Outcome:
    """Send `text`, which is escaped already. Raises Refused, Unreachable."""
    body = msgspec.json.encode({"text": text})
    answer = out.request("POST", secrets.url, headers={"Content-Type": "application/json"}, body=body)
    return read(answer, now, sent=body)
