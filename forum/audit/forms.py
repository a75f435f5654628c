"""What the log's page is asked for."""

import msgspec


class LogQuery(msgspec.Struct, frozen=True):
    """Filters as sent. `actor`: a name; `action`: a code; `since`, `until`: days, both inclusive; `after`: cursor."""

    actor: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    after: str = ""
