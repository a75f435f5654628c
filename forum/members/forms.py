"""What people send about themselves. Lenient: the domain says what is wrong, in words."""

import msgspec


class ProfileForm(msgspec.Struct):
    """`/settings/profile`. `link`: up to four addresses."""

    display_name: str = ""
    about: str = ""
    place: str = ""
    link: list[str] = []


class LookForm(msgspec.Struct):
    """`/settings/look`. An empty locale: as the browser asks."""

    locale: str = ""
    timezone: str = ""
    theme: str = "auto"


class LanguageForm(msgspec.Struct):
    """The link in the colophon."""

    value: str = ""


class DirectoryQuery(msgspec.Struct):
    """`/members?q=&after=`."""

    q: str = ""
    after: str = ""
