"""What the access matrix asks of every surface of search."""

SEARCHES = {
    "/search": "/search?{words}", "/api/v1/search": "/api/v1/search?limit=100&{words}",
    "/search/similar": "/search/similar?title=title+{words}",
}  # fmt: skip
"""What is asked of every surface of search."""


def searched(scene: object) -> tuple[str, ...]:
    """Words that texts of every state share, filters, and canaries misspelt so that a suggestion would spell them out.

    Never a whole canary: a page repeats what was asked.
    """
    wrong = ("CANARYpublichiddenthraed", "CANARYstaffvisiblethraed", "CANARYpublicposthdiden", "CANARYmovedpsot")
    return (
        "q=body", "q=CANARY*", "q=CANARY*&order=newest&in=title", "q=author:author1", "q=tag:tag-staff",
        "category=staff",
        *(f"q={words}" for words in wrong),
    )  # fmt: skip
