"""Signatures, by the receivers' own library, and what is sealed."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from forum.kit.sealing import Unreadable, seal, unseal
from forum.webhooks.signing import BACKOFF, headers, new_key, signature, slack, wait_after

BODY = '{"type":"x","data":"è €"}'.encode()


def test_the_specifications_example() -> None:
    """The key, id and time that the specification's libraries test themselves with."""
    key, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1614265330, UTC)
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_keys_open_while_one_is_replaced_and_a_third_does_not() -> None:
    old, new, now = new_key(), new_key(), datetime.now(UTC)
    sent = headers([new, old], "msg_1", now, BODY)
    for key in (old, new):
        assert Webhook(key).verify(BODY, sent)["data"] == "è €"
    for changed in (BODY + b" ",):
        with pytest.raises(WebhookVerificationError):
            Webhook(new).verify(changed, sent)
    for other in ({"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(now.timestamp()) + 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(new).verify(BODY, {**sent, **other})
    with pytest.raises(WebhookVerificationError):
        Webhook(new_key()).verify(BODY, sent)


def test_patience_is_days_and_ends() -> None:
    waits = [wait_after(n) for n in range(1, len(BACKOFF) + 1)]
    assert waits == sorted(BACKOFF) and timedelta(days=3) < sum(BACKOFF, timedelta()) < timedelta(days=4)
    assert wait_after(len(BACKOFF) + 1) is None


def test_a_message_for_slack_means_what_it_says() -> None:
    assert slack("<!channel> R&D <https://x|y>") == "&lt;!channel&gt; R&amp;D &lt;https://x|y&gt;"


def test_sealed_words_need_the_key_and_the_purpose() -> None:
    sealed = seal(b"k" * 32, "token", b"ghp_secret")
    assert "ghp" not in sealed and unseal(b"k" * 32, "token", sealed) == b"ghp_secret"
    assert seal(b"k" * 32, "token", b"ghp_secret") != sealed
    for secret, purpose, what in (
        (b"x" * 32, "token", sealed), (b"k" * 32, "other", sealed), (b"k" * 32, "token", sealed[:-8] + "AAAAAAA="),
    ):  # fmt: skip
        with pytest.raises(Unreadable):
            unseal(secret, purpose, what)
