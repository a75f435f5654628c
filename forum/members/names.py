"""Names beside posts: readable, on one line, and nothing that could be taken for the house or its seal.

Roles are shown by a seal that comes from the role alone; a name must not draw one. Source: SECURITY.md ("nickname
phishing"), the look's sixth principle.
"""

import re
import unicodedata
from collections.abc import Iterable

from forum.accounts.domain.names import clean_display_name, skeleton
from forum.errors import Invalid
from forum.kit.i18n import N_

FIELD = "display_name"
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and symbols that show nothing
MARKS = 2  # combining marks on one letter: more is a tower that climbs into the next line
OFFICES = """
    admin admins administrator administrators amministratore amministratori amministratrice amministrazione assistenza
    mod mods moderation moderator moderators moderatore moderatori moderatrice moderazione official staff support
    supporto ufficiale
""".split()  # noqa: SIM905
_OFFICES = frozenset(skeleton(word) for word in OFFICES)
_TITLES = tuple(skeleton(words) for words in ("community manager", "customer service", "servizio clienti"))


def check_display_name(raw: str, *, name: str, house: Iterable[str] = (), trusted: bool = False) -> str:
    """The name to show; `name` (the handle) when `raw` is empty. Raises Invalid(display_name).

    `house`: the names of site and brand. `trusted`: staff may name office and brand, it is theirs.
    """
    shown = clean_display_name(_visible(raw), name=name, field=FIELD)
    if any(unicodedata.category(char) in {"So", "Sm", "Sk"} and char not in "+´`^" for char in shown):
        raise Invalid({FIELD: N_("Letters, digits and punctuation only: a drawn sign could pass for a seal.")})
    if not trusted and shown != name and imitates(shown, house):  # the handle has its own rules
        raise Invalid({FIELD: N_("Others would take this name for somebody who runs the site. Choose another one.")})
    return shown


def _visible(raw: str) -> str:
    """Without what cannot be seen or turns the line around; towers of accents are cut down."""
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", raw.replace("\t", " ").replace("\n", " ")):
        category = unicodedata.category(char)
        if category in INVISIBLE or char in BLANK:
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= MARKS:
            kept.append(char)
    return "".join(kept)


def imitates(shown: str, house: Iterable[str] = ()) -> bool:
    """True when a name says an office, or the site's or brand's name, however it is spelled."""
    words = {skeleton(word) for word in re.split(r"[\s_.,;:|/()\[\]{}~*'\"«»“”–—-]+", shown)}
    whole = skeleton(shown)
    ours = [key for key in (skeleton(name) for name in house) if len(key) > 3]
    if words & _OFFICES or whole in _OFFICES or any(title in whole for title in _TITLES):
        return True
    return any(key in words or (len(key) > 7 and key in whole) or whole == key for key in ours)
