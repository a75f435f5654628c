"""The words of the interface: `python -m tools.translations [check|extract]`.

`extract` brings new strings into each catalogue (untranslated) and drops those no longer used.
`check` (the default) fails when a string is missing, fuzzy, obsolete, or has other placeholders than the English.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
METHODS = [("forum/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {
    "templates/**.html": {"extensions": "jinja2.ext.do", "trimmed": "false", "newstyle_gettext": "true"},
    "templates/**.txt": {"extensions": "jinja2.ext.do", "trimmed": "false", "newstyle_gettext": "true"},
}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "NN_": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
LANGUAGES = ("it",)


def strings() -> Catalog:
    """Every string that the source marks."""
    template = Catalog(project="Ritrovo", charset="utf-8")
    found = extract_from_dir(ROOT, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("i18n:",))
    for name, line, message, comments, context in found:
        template.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return template


def path(language: str) -> Path:
    """Where the catalogue of `language` stands."""
    return ROOT / "forum" / "locale" / language / "LC_MESSAGES" / "forum.po"


def load(language: str) -> Catalog:
    """The catalogue as it stands; an empty one when there is none."""
    file = path(language)
    if not file.exists():
        return Catalog(locale=language, project="Ritrovo", charset="utf-8")
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def save(catalog: Catalog, language: str) -> None:
    """Write it sorted and without line numbers, so that a change shows only what changed."""
    file = path(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_po(
            stream, catalog, sort_output=True, no_location=True, omit_header=False, width=110, ignore_obsolete=True
        )


def ids(message: Message) -> tuple[str, ...]:
    """The English forms: one, or singular and plural."""
    return tuple(message.id) if isinstance(message.id, list | tuple) else (str(message.id),)


def words(message: Message) -> tuple[str, ...]:
    """The translated forms."""
    return tuple(message.string) if isinstance(message.string, list | tuple) else (str(message.string or ""),)


def problems(template: Catalog, catalog: Catalog) -> Iterable[str]:
    """What is wrong with `catalog`, a line each."""
    wanted = {ids(message): message for message in template if message.id}
    for forms in wanted:
        message = catalog.get(forms[0] if len(forms) == 1 else list(forms)) or catalog.get(forms[0])
        if message is None or not all(words(message)):
            yield f"missing: {forms[0]!r}"
            continue
        if message.fuzzy:
            yield f"fuzzy: {forms[0]!r}"
        expected = set(PLACEHOLDER.findall(forms[-1]))
        for form in words(message):
            if extra := set(PLACEHOLDER.findall(form)) - expected:
                yield f"unknown placeholder {', '.join(sorted(extra))}: {forms[0]!r}"
        if lost := expected - set(PLACEHOLDER.findall(words(message)[-1])):
            yield f"placeholder {', '.join(sorted(lost))} is lost: {forms[0]!r}"
    known = {forms[0] for forms in wanted}
    for message in catalog:
        if message.id and ids(message)[0] not in known:
            yield f"no longer used: {ids(message)[0]!r}"


def check() -> int:
    """Print what is wrong; the number of problems."""
    template, count = strings(), 0
    for language in LANGUAGES:
        for line in problems(template, load(language)):
            print(f"{language}: {line}")
            count += 1
    print(f"{len(template)} strings, {count} problems")
    return count


def extract() -> int:
    """Bring the catalogues up to date."""
    template = strings()
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(template, no_fuzzy_matching=True)
        save(catalog, language)
    return 0


def main() -> int:
    """Run one command."""
    command = sys.argv[1] if len(sys.argv) > 1 else "check"
    if command == "extract":
        return extract()
    if command == "check":
        return 1 if check() else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
