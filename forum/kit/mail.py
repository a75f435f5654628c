"""Mail: built with EmailMessage only, sent by SMTP or written as .eml files."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LINKING = re.compile(r"(?<=\S)(?:[.\u3002\uff0e\uff61](?=[^\W\d_]{2}|xn--|\d)|[:/@](?=\S))")
TIMEOUT = 20.0  # seconds for each SMTP step


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail. `kind`: "application/pdf"."""

    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    """Local part that identifies the mail: a second sending of the same event carries the same id."""
    headers: Mapping[str, str] = field(default_factory=dict)
    sender_name: str = ""
    """The site's name as it is now; the mailer's own when empty."""
    calendar: bytes = b""
    """An iCalendar file that mail programs offer to put into the calendar."""
    method: str = ""
    """Of `calendar`: REQUEST or CANCEL (iTIP, RFC 5546)."""
    files: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Where mail goes."""

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Hand `mail` over. Raises OSError or smtplib.SMTPException: the worker tries again."""


def one_line(value: str) -> str:
    """`value` without line breaks, control characters and direction marks: safe in a header or a plain-text line."""
    return CONTROL.sub(" ", value).strip()


def defang(value: str) -> str:
    """A name in a mail, on one line, that no mail program turns into a link: "pay.example/x" → "pay .example /x".

    Space goes before whatever makes an address: a dot or slash inside a word, "://", "@". "teo.b" stays as it is.
    """
    return LINKING.sub(r" \g<0>", one_line(value)).strip()


class Wire(EmailPolicy):
    """SMTP's rules, but headers for programs stay in one piece.

    The standard policy turns what does not fit into 78 characters and has no space into encoded words: mail
    programs then find no unsubscribe address (RFC 8058 wants it as it is). 998 is RFC 5322's own limit.
    """

    verbatim = frozenset({"list-unsubscribe", "list-unsubscribe-post", "list-id", "references", "in-reply-to"})

    def fold(self, name: str, value: str) -> str:
        """One header as it leaves."""
        if name.lower() in self.verbatim and value.isascii() and len(name) + len(value) < 990:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same in bytes."""
        if name.lower() in self.verbatim and value.isascii():
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


WIRE = Wire(linesep=SMTP.linesep)


def build(mail: Mail, *, sender: str, sender_name: str, domain: str, now: datetime) -> EmailMessage:
    """The message as it leaves, with a stable Message-ID."""
    message = EmailMessage(policy=WIRE if mail.to.isascii() else WIRE.clone(utf8=True))
    message["From"] = f"{_phrase(sender_name)} <{sender}>" if sender_name else sender
    message["To"] = one_line(mail.to)
    message["Subject"] = one_line(mail.subject)[:200]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{one_line(mail.message_id)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = one_line(value)
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    if mail.calendar:
        # an alternative, not an attachment: that is what mail programs act on (RFC 6047, 2.4); the last one is the best
        words = mail.calendar.decode("utf-8").replace("\r\n", "\n")
        message.add_alternative(words, subtype="calendar", params={"method": mail.method, "component": "VEVENT"})
    for file in mail.files:
        main, _, sub = file.kind.partition("/")
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=one_line(file.name))
    return message


def _phrase(name: str) -> str:
    return '"' + one_line(name).replace("\\", "").replace('"', "") + '"'


class FileMailer:
    """Writes `.eml` files: the default until an SMTP server is set, and what the tests read."""

    def __init__(self, folder: Path, *, sender: str, sender_name: str, domain: str) -> None:
        """`folder` is made at the first mail."""
        self.folder, self.sender, self.sender_name, self.domain = folder, sender, sender_name, domain

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Write the file whole or not at all; the same mail again overwrites itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        named = mail.sender_name or self.sender_name
        message = build(mail, sender=self.sender, sender_name=named, domain=self.domain, now=now)
        name = re.sub(r"[^A-Za-z0-9.@_-]", "_", f"{mail.message_id}-{mail.to}")[:150] + ".eml"
        partial = self.folder / f".{name}.part"
        partial.write_bytes(bytes(message))
        partial.replace(self.folder / name)


class SmtpMailer:
    """Sends by SMTP, one connection a mail: volumes are small, and nothing stays open to go stale."""

    def __init__(self, url: str, *, sender: str, sender_name: str, domain: str) -> None:
        """`url`: smtp[s]://user:pass@host:port; smtp upgrades by STARTTLS where the server offers it."""
        self.parts = urlsplit(url)
        self.sender, self.sender_name, self.domain = sender, sender_name, domain

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Raises OSError or smtplib.SMTPException."""
        host, tls = self.parts.hostname or "localhost", ssl.create_default_context()
        if self.parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self.parts.port or 465, timeout=TIMEOUT, context=tls)
        else:
            server = smtplib.SMTP(host, self.parts.port or 587, timeout=TIMEOUT)
        with server:
            server.ehlo()
            if self.parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=tls)
                server.ehlo()
            if self.parts.username:
                server.login(unquote(self.parts.username), unquote(self.parts.password or ""))
            named = mail.sender_name or self.sender_name
            server.send_message(
                build(mail, sender=self.sender, sender_name=named, domain=self.domain, now=now),
                from_addr=self.sender, to_addrs=[mail.to],
            )  # fmt: skip
