"""Word diff (being replaced)."""
import re
from dataclasses import dataclass

from rapidfuzz.distance import Indel


@dataclass(frozen=True)
class Piece:
    """A run of words."""

    kind: str
    text: str


def diff(old: str, new: str) -> list[Piece]:
    """Words."""
    a, b = re.findall(r"\s+|\w+|[^\w\s]", old), re.findall(r"\s+|\w+|[^\w\s]", new)
    out = []
    for op in Indel.opcodes(a, b):
        if op.tag == "equal":
            out.append(Piece("same", "".join(a[op.src_start : op.src_end])))
        if op.tag in ("delete", "replace"):
            out.append(Piece("del", "".join(a[op.src_start : op.src_end])))
        if op.tag in ("insert", "replace"):
            out.append(Piece("add", "".join(b[op.dest_start : op.dest_end])))
    return out
