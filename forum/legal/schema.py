"""The JSON schema of a record: field list, limits and conditions of the Commission's `StatementStoreRequest`.

Source: the DSA Transparency Database's API documentation (fields, maxima, what is required when).
"""

from typing import Any

from forum.legal import words
from forum.legal.records import EEA

DATE = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"}
YES_NO = {"enum": ["Yes", "No"]}


def _text(most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most}


def _some(*values: str) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(values)}}


def _needs(field: str, value: str, *others: str, listed: bool = False) -> dict[str, Any]:
    is_it: dict[str, Any] = {"contains": {"const": value}} if listed else {"const": value}
    return {"if": {"properties": {field: is_it}, "required": [field]}, "then": {"required": list(others)}}


RESTRICTIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Statement of reasons (Regulation (EU) 2022/2065, Art. 17 and 24 (5))",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "decision_facts", "decision_ground", "content_type", "category", "content_date", "application_date",
        "source_type", "automated_detection", "automated_decision", "puid",
    ],
    "anyOf": [{"required": [name]} for name in RESTRICTIONS],
    "allOf": [
        _needs("decision_visibility", "DECISION_VISIBILITY_OTHER", "decision_visibility_other", listed=True),
        _needs("decision_monetary", "DECISION_MONETARY_OTHER", "decision_monetary_other"),
        _needs(
            "decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT", "illegal_content_legal_ground",
            "illegal_content_explanation",
        ),
        _needs(
            "decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT", "incompatible_content_ground",
            "incompatible_content_explanation",
        ),
        _needs("content_type", "CONTENT_TYPE_OTHER", "content_type_other", listed=True),
        _needs("category_specification", "KEYWORD_OTHER", "category_specification_other", listed=True),
    ],
    "properties": {
        "decision_visibility": _some(
            "DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_DISABLED",
            "DECISION_VISIBILITY_CONTENT_DEMOTED", "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
            "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED", "DECISION_VISIBILITY_CONTENT_LABELLED",
            "DECISION_VISIBILITY_OTHER",
        ),
        "decision_visibility_other": _text(500),
        "decision_monetary": {
            "enum": ["DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION", "DECISION_MONETARY_OTHER"]
        },
        "decision_monetary_other": _text(500),
        "decision_provision": {
            "enum": [
                "DECISION_PROVISION_PARTIAL_SUSPENSION", "DECISION_PROVISION_TOTAL_SUSPENSION",
                "DECISION_PROVISION_PARTIAL_TERMINATION", "DECISION_PROVISION_TOTAL_TERMINATION",
            ]
        },
        "decision_account": {"enum": ["DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"]},
        "account_type": {"enum": ["ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"]},
        "end_date_visibility_restriction": DATE,
        "end_date_monetary_restriction": DATE,
        "end_date_service_restriction": DATE,
        "end_date_account_restriction": DATE,
        "decision_facts": _text(5000),
        "decision_ground": {"enum": ["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]},
        "decision_ground_reference_url": {"type": "string", "maxLength": 500, "pattern": "^https?://"},
        "illegal_content_legal_ground": _text(500),
        "illegal_content_explanation": _text(2000),
        "incompatible_content_ground": _text(500),
        "incompatible_content_explanation": _text(2000),
        "incompatible_content_illegal": YES_NO,
        "category": {"enum": list(words.CODES)},
        "category_addition": _some(*words.CODES),
        "category_specification": _some(*words.KEYWORDS),
        "category_specification_other": _text(500),
        "content_type": _some(
            "CONTENT_TYPE_APP", "CONTENT_TYPE_AUDIO", "CONTENT_TYPE_IMAGE", "CONTENT_TYPE_PRODUCT",
            "CONTENT_TYPE_SYNTHETIC_MEDIA", "CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO", "CONTENT_TYPE_OTHER",
        ),
        "content_type_other": _text(500),
        "content_language": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "content_date": DATE,
        "application_date": DATE,
        "territorial_scope": _some(*EEA),
        "source_type": {
            "enum": [
                "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY",
            ]
        },
        "source_identity": _text(500),
        "automated_detection": YES_NO,
        "automated_decision": {
            "enum": [
                "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED",
            ]
        },
        "puid": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,500}$"},
    },
}  # fmt: skip
