"""What the management forms send. Lenient on purpose: the domain says what is wrong, per field."""

import msgspec


class CategoryForm(msgspec.Struct):
    """A category. `parent`: slug of the one around it; `slug` empty: made from the name."""

    name: str = ""
    slug: str = ""
    description: str = ""
    colour: str = "#5a6b7a"
    locale: str = ""
    parent: str = ""
    visibility: str = ""
    who_starts: str = "member"
    who_replies: str = "member"


class SiteForm(msgspec.Struct):
    """The site's name, taglines, brand and accent colour."""

    name: str = ""
    tagline_en: str = ""
    tagline_it: str = ""
    brand: str = ""
    brand_colour: str = ""
    approve_signups: str = ""
