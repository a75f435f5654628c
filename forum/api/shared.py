"""What every JSON controller shares: reading a body, asking for a scope, answering, documenting itself."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody
from litestar.params import HeaderParameter, QueryParameter
from sqlalchemy.orm import Session

from forum.api.schema import about
from forum.errors import Invalid, Malformed
from forum.kit import paging
from forum.kit.i18n import N_
from forum.kit.unmarshal import decode, explain
from forum.policy.actors import Actor, require_reader
from forum.web.ctx import Ctx

T = TypeVar("T")
JSON = "application/json"
PROBLEM = "application/problem+json"
MAX_LIMIT = 100
Security = list[dict[str, list[str]]]
PUBLIC: Security = [{}, {"bearer": ["read"]}]
"""`security` of a call that also answers without a token, as a guest sees it."""


def needs(scope: str) -> Security:
    """`security` of a call that takes a token with `scope` (OpenAPI 3.1: the list may name roles)."""
    return [{"bearer": [scope]}]


Limit = Annotated[
    int,
    QueryParameter(
        description=N_("How many items to answer with."),
        schema_extra={"minimum": 1, "maximum": MAX_LIMIT, "default": paging.PAGE},
    ),
]
After = Annotated[
    str,
    QueryParameter(description=N_("Where to go on: next of the answer before."), schema_extra={"maxLength": 200}),
]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description=N_("Up to 100 characters. A call with the same key happens once; again, it gets the first answer."),
        schema_extra={"maxLength": 100},
    ),
]  # fmt: skip


class Problem(msgspec.Struct, omit_defaults=True):
    """What went wrong, as RFC 9457 lays it out."""

    type: Annotated[str, about(N_("Always about:blank: the status says which kind of problem it is."), "about:blank")]
    title: Annotated[str, about(N_("The kind of problem in a few words."), "Something is missing")]
    status: Annotated[int, about(N_("The HTTP status."), 422)]
    detail: Annotated[
        str,
        about(
            N_("What happened and what to do, in the language of Accept-Language or of the token’s member."),
            "Something is missing or not quite right.",
        ),
    ]
    instance: Annotated[str, about(N_("The path that was asked for."), "/api/v1/threads")]
    request_id: Annotated[
        str, about(N_("The number of this request, to quote when you write to us."), "5f1d7a84c0b2e6f9")
    ]
    errors: Annotated[
        dict[str, str], about(N_("With status 422: what is wrong, field by field."), {"title": "This is missing."})
    ] = {}
    current: Annotated[Any, about(N_("With status 409: what stands there now."))] = None


PROBLEMS = {
    400: N_("The request cannot be read: broken JSON, no object, a NUL in the address."),
    401: N_("The token is missing, unknown or revoked."),
    403: N_("Visible, but not allowed: the role or the token’s scope does not reach."),
    404: N_("Not there, or not for the caller to see."),
    409: N_("Somebody changed it meanwhile: the version is stale."),
    413: N_("The body is larger than 1 MB."),
    415: N_("The body is not application/json."),
    422: N_("A field is missing, unknown or not acceptable; errors says which and why."),
    429: N_("Too much in a short time; Retry-After says how many seconds to wait."),
    503: N_("The database is busy or away; nothing was kept, try again after Retry-After seconds."),
}
READING = (401, 403, 404, 422)
WRITING = (400, 401, 403, 404, 413, 415, 422, 429)


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """`responses` of a handler: the refusals it may answer with; 400 and 503 are everybody's."""
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=PROBLEMS[status], media_type=PROBLEM)
        for status in sorted({400, 503, *statuses})
    }


def takes(kind: type[msgspec.Struct]) -> type[Operation]:
    """`operation_class` of a handler that reads a `kind` from its raw body: documents it as the request body."""
    content = {JSON: OpenAPIMediaType(schema=Reference(ref=f"#/components/schemas/{kind.__name__}"))}

    @dataclass
    class Documented(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(content=content, required=True)

    return Documented


def sent(kind: type[T], raw: bytes) -> T:
    """The body as `kind`. Raises Malformed (no JSON object), Invalid (a field is missing, unknown, of another kind)."""
    try:
        return decode(kind, raw)
    except msgspec.ValidationError as error:
        field, message = explain(str(error))
        if not field:
            raise Malformed(N_("Send a JSON object.")) from None
        raise Invalid({field: message}) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Malformed(N_("This is not JSON that we can read.")) from None


def clean(text: str) -> str:
    """`text` without NUL, which no database takes."""
    return text.replace("\0", "\ufffd")


def reader(ctx: Ctx, session: Session) -> Actor:
    """Whoever reads: a guest, or a token with the scope `read`. Raises SignInNeeded (bad token), Forbidden."""
    actor = ctx.actor(session)
    require_reader(actor)
    return actor


def answer(value: T, *, status: int = 200, location: str = "") -> Response[T]:
    """`value` as JSON, encoded here in the handler's thread."""
    return encoded(msgspec.json.encode(value), status=status, location=location)


def encoded(body: bytes, *, status: int = 200, location: str = "", replayed: bool = False) -> Response[Any]:
    """JSON that is encoded already."""
    headers = {"Location": location} if location else {}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(body, status_code=status, media_type=JSON, headers=headers)


def check_limit(limit: int) -> int:
    """`limit` when it is one. Raises Invalid."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid({"limit": N_("A whole number from 1 to 100.")})
    return limit


def cursor(after: str, *kinds: type) -> tuple[Any, ...] | None:
    """What the cursor `after` holds; None when there is none. Raises Invalid for one that is not ours."""
    if not after:
        return None
    parts = paging.decode(after, *kinds)
    if parts is None:
        raise Invalid({"after": N_("This is not a cursor of ours: take next of the answer before.")})
    return parts
