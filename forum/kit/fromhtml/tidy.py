def tidy_markdown(s: str) -> str:
    return s
