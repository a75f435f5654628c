"""The words of the law, once: kinds of illegal content with the Commission's codes, capacities, outcomes.

Codes: Implementing Regulation (EU) 2024/2835 and the DSA Transparency Database (`STATEMENT_CATEGORY_…`), 16 in all.
"""

from dataclasses import dataclass

from forum.kit.i18n import N_

PREFIX = "STATEMENT_CATEGORY_"


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of illegal or forbidden content. `reason`: the moderators' own word for it in the queue."""

    code: str
    label: str
    reason: str = "illegal"
    keyword: str = ""
    """The Commission's keyword that a notice of this kind implies."""


CATEGORIES: dict[str, Category] = {
    "hate": Category("ILLEGAL_OR_HARMFUL_SPEECH", N_("Hate speech, defamation, discrimination"), "hate"),
    "cyber_violence": Category("CYBER_VIOLENCE", N_("Harassment, stalking, intimate pictures without consent")),
    "violence_women": Category("CYBER_VIOLENCE_AGAINST_WOMEN", N_("Online violence against women")),
    "privacy": Category("DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", N_("Private data made public"), "personal_data"),
    "scams": Category("SCAMS_AND_FRAUD", N_("Fraud, phishing, false identities")),
    "property": Category("INTELLECTUAL_PROPERTY_INFRINGEMENTS", N_("Copied works, trade marks, designs")),
    "minors": Category("PROTECTION_OF_MINORS", N_("Harm to minors")),
    "minors_sexual": Category(
        "PROTECTION_OF_MINORS", N_("Sexual content involving minors"), "sexual", "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL"
    ),
    "security": Category("RISK_FOR_PUBLIC_SECURITY", N_("Terrorism, danger to public security or health")),
    "violence": Category("VIOLENCE", N_("Threats, calls to violence"), "violence"),
    "self_harm": Category("SELF_HARM", N_("Encouraging suicide or self-harm")),
    "products": Category("UNSAFE_AND_PROHIBITED_PRODUCTS", N_("Forbidden or dangerous products, stolen goods")),
    "consumers": Category("CONSUMER_INFORMATION", N_("Hidden advertising, misleading offers")),
    "animals": Category("ANIMAL_WELFARE", N_("Cruelty to animals, forbidden sale of animals")),
    "elections": Category(
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", N_("Manipulation of elections or public debate")
    ),
    "unspecified": Category("NOT_SPECIFIED_NOTICE", N_("Something else that is against the law")),
    "terms": Category("OTHER_VIOLATION_TC", N_("Against the rules of this place only"), "other"),
}
"""In the order of the forms. `terms` is for statements alone: nobody gives notice of it."""
NOTICED = tuple(key for key in CATEGORIES if key != "terms")
CODES = tuple(sorted({PREFIX + one.code for one in CATEGORIES.values()}))
"""The Commission's sixteen values."""

OF_REASON: dict[str, tuple[str, str]] = {
    "spam": ("terms", "KEYWORD_OTHER_SPAM"),
    "harassment": ("cyber_violence", "KEYWORD_CYBER_HARASSMENT"),
    "hate": ("hate", "KEYWORD_HATE_SPEECH"),
    "violence": ("violence", ""),
    "sexual": ("terms", "KEYWORD_ADULT_SEXUAL_MATERIAL"),
    "personal_data": ("privacy", "KEYWORD_OTHER_PRIVACY"),
    "illegal": ("unspecified", ""),
    "off_topic": ("terms", ""),
    "other": ("terms", ""),
}
"""The moderators' reasons → (category, keyword or "")."""
KEYWORDS: tuple[str, ...] = (
    "KEYWORD_ADULT_SEXUAL_MATERIAL", "KEYWORD_ANIMAL_HARM", "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL",
    "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE", "KEYWORD_COORDINATED_HARM", "KEYWORD_COPYRIGHT_INFRINGEMENT",
    "KEYWORD_CYBER_BULLYING_INTIMIDATION", "KEYWORD_CYBER_HARASSMENT", "KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN",
    "KEYWORD_CYBER_INCITEMENT", "KEYWORD_CYBER_STALKING", "KEYWORD_DEFAMATION", "KEYWORD_DISCRIMINATION",
    "KEYWORD_GOODS_SERVICES_NOT_PERMITTED", "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS", "KEYWORD_HATE_SPEECH",
    "KEYWORD_HIDDEN_ADVERTISEMENT", "KEYWORD_HUMAN_TRAFFICKING", "KEYWORD_ILLEGAL_ORGANIZATIONS",
    "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING", "KEYWORD_INAUTHENTIC_ACCOUNTS", "KEYWORD_INCITEMENT_VIOLENCE_HATRED",
    "KEYWORD_MISINFORMATION_DISINFORMATION", "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING", "KEYWORD_NUDITY",
    "KEYWORD_OTHER", "KEYWORD_OTHER_PRIVACY", "KEYWORD_OTHER_SPAM", "KEYWORD_PHISHING", "KEYWORD_PROHIBITED_PRODUCTS",
    "KEYWORD_PYRAMID_SCHEMES", "KEYWORD_RIGHT_TO_BE_FORGOTTEN", "KEYWORD_RISK_PUBLIC_HEALTH",
    "KEYWORD_SELF_MUTILATION", "KEYWORD_SUICIDE", "KEYWORD_TERRORIST_CONTENT", "KEYWORD_TRADEMARK_INFRINGEMENT",
    "KEYWORD_UNLAWFUL_SALE_ANIMALS", "KEYWORD_UNSAFE_CHALLENGES", "KEYWORD_UNSAFE_PRODUCTS",
)  # fmt: skip
"""Those of the Commission's keywords that fit what people write in a forum; a staff member chooses from them."""

CAPACITIES = {
    "minor": N_("I am the person concerned, and at least 14 years old"),
    "parent": N_("I am a parent of the minor, or have parental responsibility"),
}
OUTCOMES = {
    "": N_("Waiting for a decision"),
    "upheld": N_("We agreed, and acted"),
    "partly": N_("We agreed in part"),
    "rejected": N_("We saw it differently"),
}
ACTED = {
    "hide": N_("It is hidden from the public."),
    "remove": N_("It is removed."),
    "edit": N_("Its text was changed, so that the illegal part is gone."),
    "demote": N_("It is shown in fewer lists."),
    "warn": N_("Whoever wrote it was warned."),
}
"""What a notifier is told of an act. What was decided about the person beyond that stays with the person."""
ACTED_OTHERWISE = N_("We took a measure against whoever wrote it.")
SOURCES = {
    "article16": N_("Notices of illegal content"), "flagger": N_("Trusted flaggers"),
    "report": N_("Reports by members"), "own": N_("The staff itself, and the software’s hints"),
}  # fmt: skip
"""Where a restriction began, as `records.Facts.source` has it."""
BY = {"all": N_("In all"), "category": N_("Category"), "language": N_("Language"), "source": N_("Where it began")}


def grouped(by: str, value: str) -> str:
    """A row of the handling times: what `value` is called, as a message id; "" for all together."""
    if by == "category":
        return label(value)
    if by == "source":
        return SOURCES.get(value, value)
    return {"it": N_("Italian"), "en": N_("English")}.get(value, value)


def label(category: str) -> str:
    """What a kind of content is called, as a message id; its key, if nobody knows it any more."""
    return CATEGORIES[category].label if category in CATEGORIES else category


def code(category: str) -> str:
    """The Commission's value."""
    return PREFIX + CATEGORIES[category if category in CATEGORIES else "unspecified"].code
