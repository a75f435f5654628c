"""The OpenAPI document as read structs, for the page that shows it."""

import json
from typing import Any

import msgspec

from forum.kit.i18n import N_

KINDS = {
    "string": N_("text"), "integer": N_("whole number"), "number": N_("number"), "boolean": N_("true or false"),
    "array": N_("list"), "object": N_("object"), "null": N_("null"),
}  # fmt: skip
FORMATS = {"date-time": N_("date and time")}


class Field(msgspec.Struct, frozen=True):
    """A parameter, or a property of a body. `kinds`: message ids; `choices`: the only values; `where`: path, query …"""

    name: str
    kinds: list[str]
    words: str
    required: bool
    choices: list[str]
    where: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """A status that says no, and when."""

    status: int
    words: str


class Call(msgspec.Struct, frozen=True):
    """One operation. `scope`: what a token needs; `public`: answers without one too."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    public: bool
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    listed: bool
    status: int
    refusals: list[Refusal]
    curl: str
    example: str


class Group(msgspec.Struct, frozen=True):
    """Calls of one tag."""

    name: str
    words: str
    calls: list[Call]


class Reference(msgspec.Struct, frozen=True):
    """The whole page. `problem`: the fields of every refusal."""

    groups: list[Group]
    problem: list[Field]
    problem_example: str


def reference(document: dict[str, Any], base: str) -> Reference:
    """`document` for people; `base`: the site's address, for the examples."""
    reader = _Reader(document, base)
    calls = [
        (operation["tags"][0], reader.call(method, path, operation))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    groups = [
        Group(tag["name"], tag.get("description", ""), [call for name, call in calls if name == tag["name"]])
        for tag in document["tags"]
    ]
    problem = document["components"]["schemas"]["Problem"]
    return Reference(groups, reader.fields(problem), _pretty(reader.example(problem)))


class _Reader:
    def __init__(self, document: dict[str, Any], base: str) -> None:
        self.schemas, self.base = document["components"]["schemas"], base

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema itself, where it was only referred to."""
        while "$ref" in schema:
            schema = {
                **self.schemas[schema["$ref"].rpartition("/")[2]],
                **{k: v for k, v in schema.items() if k != "$ref"},
            }
        return schema

    def call(self, method: str, path: str, operation: dict[str, Any]) -> Call:
        """One operation."""
        answers = {int(code): response for code, response in operation["responses"].items()}
        status, answer = next((code, response) for code, response in answers.items() if code < 400)
        schema = self.resolve(answer["content"]["application/json"]["schema"])
        listed = set(schema["properties"]) == {"items", "next"}
        shown = self.resolve(schema["properties"]["items"]["items"]) if listed else schema
        sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        body = self.resolve(sent) if sent else {}
        security = operation.get("security", [])
        parameters = [self.parameter(item) for item in operation.get("parameters", [])]
        return Call(
            id=operation["operationId"], method=method.upper(), path=path, summary=operation["summary"],
            words=operation["description"], scope=next((s["bearer"][0] for s in security if s.get("bearer")), ""),
            public={} in security, parameters=sorted(parameters, key=lambda p: p.where != "path"),
            body=self.fields(body), answer=self.fields(shown), listed=listed, status=status,
            refusals=[Refusal(code, response["description"]) for code, response in answers.items() if code >= 400],
            curl=self.curl(method, path, operation, body), example=_pretty(self.example(schema)),
        )  # fmt: skip

    def parameter(self, item: dict[str, Any]) -> Field:
        """A parameter of the path, the query or the headers."""
        schema = self.resolve(item["schema"])
        words = item.get("description") or schema.get("description", "")
        choices = [str(value) for value in schema.get("enum", []) if value is not None]
        kinds = [kind for kind in self.kinds(schema) if kind != KINDS["null"]]  # left out, not sent as null
        return Field(item["name"], kinds, words, item.get("required", False), choices, item["in"])

    def fields(self, schema: dict[str, Any]) -> list[Field]:
        """The properties of an object."""
        required = set(schema.get("required", ()))
        found = []
        for name, inner in schema.get("properties", {}).items():
            whole = self.resolve(inner)
            choices = [str(value) for value in whole.get("enum", []) if value]
            found.append(Field(name, self.kinds(whole), whole.get("description", ""), name in required, choices))
        return found

    def kinds(self, schema: dict[str, Any]) -> list[str]:
        """What a value may be, as message ids."""
        if "anyOf" in schema or "oneOf" in schema:
            return [kind for one in schema.get("anyOf") or schema["oneOf"] for kind in self.kinds(self.resolve(one))]
        names = schema.get("type", [])
        names = [names] if isinstance(names, str) else names
        return [
            FORMATS.get(schema.get("format", ""), KINDS[name]) if name == "string" else KINDS[name] for name in names
        ]

    def example(self, schema: dict[str, Any]) -> Any:
        """A value that fits, made of the examples of its fields."""
        schema = self.resolve(schema)
        if schema.get("examples"):
            return schema["examples"][0]
        if "properties" in schema:
            needed = schema.get("required", schema["properties"])
            optional = [
                name for name, inner in schema["properties"].items() if name not in needed and inner.get("examples")
            ]
            return {
                name: self.example(inner)
                for name, inner in schema["properties"].items()
                if name in needed or (name in optional and inner["examples"][0] is not None)
            }
        if schema.get("type") == "array":
            return [self.example(schema["items"])]
        return None

    def curl(self, method: str, path: str, operation: dict[str, Any], body: dict[str, Any]) -> str:
        """The call on a command line."""
        for name, value in (("thread_id", "42"), ("post_id", "137"), ("name", "nadia")):
            path = path.replace(f"{{{name}}}", value)
        lines = [f"curl {self.base}{path}"]
        if method != "get":
            lines[0] = f"curl -X {method.upper()} {self.base}{path}"
        lines.append('  -H "Authorization: Bearer $TOKEN"')
        if method == "post":
            lines.append('  -H "Idempotency-Key: $(uuidgen)"')
        if body:
            text = _pretty(self.example(body)).replace("'", "’").replace("\n", "\n  ")
            lines += ['  -H "Content-Type: application/json"', f"  -d '{text}'"]
        return " \\\n".join(lines)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
