"""Settings: one frozen object, read once from the environment.

Every field says its default, its unit and why it is so. `forum settings` prints each with its origin.
What an administrator changes while the site runs (name, colour) is not here: it is the `site` row.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LOCALES = ("en", "it")


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it and says what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides before the site starts."""

    data_dir: Path = field(default=Path("var/forum"), metadata={"why": "database, uploads, mail, index, secret"})
    database_url: str = field(default="", metadata={"why": "empty: forum.db in the data folder"})
    base_url: str = field(default="http://127.0.0.1:8000", metadata={"why": "every absolute link is made from it"})
    smtp_url: str = field(default="", metadata={"why": "empty: mail is written as .eml files into mail/"})
    mail_from: str = field(default="", metadata={"why": "sender; empty: forum@ the host of the base URL"})
    search: str = field(default="", metadata={"why": "whoosh or postgres; empty: by database"})
    worker: bool = field(default=True, metadata={"why": "off: `forum worker` runs elsewhere"})
    trusted_proxies: str = field(default="", metadata={"why": "comma-separated networks whose X-Forwarded-For counts"})
    outgoing_networks: str = field(
        default="", metadata={"why": "networks of your own that webhooks and issue trackers may lie in, on any port"}
    )
    locale: str = field(default="en", metadata={"why": "for guests whose browser asks for neither en nor it"})
    log: str = field(default="", metadata={"why": "json or text; empty: text on a terminal, json elsewhere"})
    pool_size: int = field(default=8, metadata={"why": "database connections and handler threads of a process"})
    page_cache: bool = field(default=True, metadata={"why": "whole pages for guests, kept in memory for seconds"})
    metrics_token: str = field(
        default="", metadata={"why": "bearer token for /metrics; empty: loopback only", "secret": "yes"}
    )
    reload: bool = field(default=False, metadata={"why": "read templates and static files anew at each request"})

    @property
    def sqlite(self) -> bool:
        """True on the embedded database."""
        return self.url.startswith("sqlite")

    @property
    def url(self) -> str:
        """The database as SQLAlchemy spells it."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'forum.db'}"
        for short in ("postgresql://", "postgres://"):
            if self.database_url.startswith(short):
                return "postgresql+psycopg://" + self.database_url.removeprefix(short)
        return self.database_url

    @property
    def host(self) -> str:
        """Host and port of the base URL, lower case, as a Host header spells them."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def secure(self) -> bool:
        """True when the site is reached over https: cookies get Secure and the __Host- prefix."""
        return self.base_url.startswith("https://")

    @property
    def loopback(self) -> bool:
        """True while the base URL points at this very machine (a trial, a test)."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def trial(self) -> bool:
        """True on this very machine without a mail server: pages and log may say where a mail lies and its link."""
        return self.loopback and not self.smtp_url

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""
        return _networks(self.trusted_proxies)

    @property
    def reachable(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks that are not public, and yet requests of ours may go there."""
        return _networks(self.outgoing_networks)

    @property
    def sender(self) -> str:
        """The From address of every mail."""
        return self.mail_from or f"forum@{urlsplit(self.base_url).hostname or 'localhost'}"

    def secret(self) -> bytes:
        """The site's own 32 random bytes, made at first use and readable by its owner only.

        They sign form tokens and unsubscribe links. They live in a file, so no dump of the database holds them.
        """
        path = self.data_dir / "secret.key"
        try:
            return bytes.fromhex(path.read_text("ascii").strip())
        except FileNotFoundError:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return self.secret()  # another process was first: its bytes count
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            return self.secret()


def _networks(listed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(item.strip(), strict=False) for item in listed.split(",") if item.strip())


def _parse(name: str, kind: Any, raw: str) -> Any:
    if kind is bool:
        if raw.lower() not in {"on", "off", "1", "0", "true", "false", "yes", "no"}:
            raise BadSetting(f"{name} is {raw!r}: write on or off")
        return raw.lower() in {"on", "1", "true", "yes"}
    if kind is int:
        if not (raw.isascii() and raw.isdigit()) or int(raw) < 1:
            raise BadSetting(f"{name} is {raw!r}: write a whole number from 1")
        return int(raw)
    return Path(raw) if kind is Path else raw


def load(environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from `environ` (default: the process's own); `given` wins. Raises BadSetting."""
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Settings):
        name = f"FORUM_{item.name.upper()}"
        if source.get(name):
            values[item.name] = _parse(name, item.type, source[name])
    settings = Settings(**{**values, **given})
    _validate(settings)
    return settings


def _validate(settings: Settings) -> None:
    if settings.locale not in LOCALES:
        raise BadSetting(f"FORUM_LOCALE is {settings.locale!r}: write one of {', '.join(LOCALES)}")
    parts = urlsplit(settings.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise BadSetting(f"FORUM_BASE_URL is {settings.base_url!r}: write http(s)://host, with no path")
    if settings.search not in {"", "whoosh", "postgres"}:
        raise BadSetting(f"FORUM_SEARCH is {settings.search!r}: write whoosh or postgres")
    if settings.log not in {"", "json", "text"}:
        raise BadSetting(f"FORUM_LOG is {settings.log!r}: write json or text")
    try:
        settings.proxies  # noqa: B018  parsing is the check
    except ValueError as error:
        raise BadSetting(f"FORUM_TRUSTED_PROXIES: {error}") from None
    try:
        settings.reachable  # noqa: B018  parsing is the check
    except ValueError as error:
        raise BadSetting(f"FORUM_OUTGOING_NETWORKS: {error}") from None


def origins(environ: Mapping[str, str] | None = None) -> list[tuple[str, str, str, str]]:
    """Rows (name, value, origin, why) for `forum settings`; secrets show as stars."""
    source = os.environ if environ is None else environ
    settings = load(source)
    rows = []
    for item in fields(Settings):
        name = f"FORUM_{item.name.upper()}"
        value = str(getattr(settings, item.name))
        if value and (item.metadata.get("secret") or (item.name.endswith("_url") and "@" in value)):
            value = "••••" if item.metadata.get("secret") else _without_password(value)
        rows.append((name, value, "environment" if source.get(name) else "default", item.metadata["why"]))
    return rows


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":••••@") if parts.password else url
