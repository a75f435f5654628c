"""How a person is drawn when there is no picture: letters and a tone, both from what is already known."""

TONES = 6


def tone(member_id: int) -> int:
    """One of the six quiet avatar tones, always the same for the same member."""
    return member_id * 7 % TONES + 1


def initials(name: str) -> str:
    """Up to two letters that stand for a name: "Nadia Ferrusi" → "NF"."""
    words = [word for word in name.replace("_", " ").replace(".", " ").replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return name[:1].upper() or "·"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()
