"""What the page of prevention sends. Lenient on purpose: the domain says what is wrong, per field."""

from collections.abc import Mapping

import msgspec

from forum.prevention.phases import PHASES


class WordsForm(msgspec.Struct):
    """Words to watch for, one a line."""

    texts: str = ""
    action: str = "flag"
    kind: str = "word"
    tag: str = ""


class TryForm(msgspec.Struct):
    """A text to try the list on."""

    sample: str = ""


class SettingsForm(msgspec.Struct):
    """The whole page. `modes`: phase → mode; `options`: "links.most" → as typed; `first_read`: category ids."""

    modes: dict[str, str] = {}
    options: dict[str, str] = {}
    first_read: list[int] = []
    version: int = 0


def settings_form(sent: Mapping[str, list[str]]) -> SettingsForm:
    """From a form with fields mode-PHASE, PHASE.NUMBER, first_read and version; what is missing stays as it starts."""
    modes, options = {}, {}
    for phase in PHASES:
        modes[phase.name] = _last(sent, f"mode-{phase.name}") or phase.mode
        for option in phase.options:
            key = f"{phase.name}.{option.name}"
            options[key] = _last(sent, key)
    chosen = [int(one) for one in sent.get("first_read", ()) if _is_number(one)]
    version = _last(sent, "version")
    return SettingsForm(modes, options, chosen, int(version) if _is_number(version) else 0)


def _last(sent: Mapping[str, list[str]], name: str) -> str:
    values = sent.get(name)
    return values[-1].strip() if values else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
