"""Raised and lowered figures, as far as Unicode has them: 2<sup>10</sup> is 2¹⁰ in plain text."""

import re
from typing import Final

_HIGH: Final = str.maketrans("0123456789+-−–=()noaixy", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿºªⁱˣʸ")
_LOW: Final = str.maketrans("0123456789+-−–=()aeionx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₐₑᵢₒₙₓ")
# Figures with their signs, or one letter: words set small read worse in Unicode's letters than on the line.
_FITS = re.compile(r"\[?([0-9+\-−–=()]*[0-9][0-9+\-−–=()]*|[noaixy])\]?")
_FITS_LOW = re.compile(r"([0-9+\-−–=()]*[0-9][0-9+\-−–=()]*|[aeionx])")


def raised(text: str, *, low: bool = False) -> str:
    """Return `text` in superscript (`low`: subscript) characters, or as it is if they do not exist or read badly.

    Square brackets around a note's number are dropped: being raised says as much.
    """
    match = (_FITS_LOW if low else _FITS).fullmatch(text.strip())
    return match[1].translate(_LOW if low else _HIGH) if match and len(match[1]) <= 12 else text
