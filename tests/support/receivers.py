"""Other people's servers, on real sockets: a webhook's receiver, and stand-ins that speak Jira's and GitHub's API."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Receiver:
    """Listens on 127.0.0.1. `script`: statuses of the next answers, 200 when it is at its end; `delay`: seconds."""

    script: list[int] = field(default_factory=list)
    delay: float = 0.0
    extra: dict[str, str] = field(default_factory=dict)
    got: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                heads = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, heads, body)
                receiver.got.append(request)
                time.sleep(receiver.delay)
                status, headers, answer = receiver.answer(request)
                try:
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    self.close_connection = True  # they did not wait for us

            do_GET = do_POST = do  # noqa: N815  http.server's names

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, request: Request) -> Reply:
        """What it says."""
        status = self.script.pop(0) if self.script else 200
        return status, self.extra if status != 200 else {}, b"ok" if status == 200 else b"not today"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Jira(Receiver):
    """What developer.atlassian.com/cloud/jira/platform/rest/v3 says of creating and finding issues."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0
    """So many created issues whose answer never arrives."""

    def answer(self, request: Request) -> Reply:
        if self.script:
            return self.script.pop(0), self.extra, b'{"errorMessages": ["Not now."], "errors": {}}'
        pair = base64.b64encode(b"bot@nido.example:jira-token").decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return said(401, {"errorMessages": ["Client must be authenticated to access this resource."]})
        if (request.method, request.path) == ("POST", "/rest/api/3/search/jql"):
            return self.search(request.json)
        if (request.method, request.path) == ("POST", "/rest/api/3/issue"):
            return self.create(request.json["fields"])
        if request.path == "/rest/api/3/project/CITY":
            return said(200, {"key": "CITY"})
        return said(404, {"errorMessages": ["No project could be found."], "errors": {}})

    def search(self, asked: dict[str, Any]) -> Reply:
        jql = re.fullmatch(r'project = "(\w+)" AND labels = "([\w-]+)" ORDER BY created ASC', asked["jql"])
        assert jql, asked
        found = [it for it in self.issues if it["project"] == {"key": jql[1]} and jql[2] in it["labels"]]
        return said(200, {"isLast": True, "issues": [{"id": it["id"], "key": it["key"]} for it in found]})

    def create(self, fields: dict[str, Any]) -> Reply:
        if fields["issuetype"] != {"name": "Task"}:
            return said(400, {"errorMessages": [], "errors": {"issuetype": "Specify a valid issue type"}})
        assert fields["description"]["type"] == "doc" and fields["description"]["version"] == 1
        assert not any(" " in label for label in fields["labels"])
        number = len(self.issues) + 1
        self.issues.append({**fields, "id": str(10000 + number), "key": f"CITY-{number}"})
        if self.lost:
            self.lost -= 1
            return said(502, {})
        return said(201, {"id": str(10000 + number), "key": f"CITY-{number}", "self": f"{self.url}/rest/api/3/issue/1"})


@dataclass
class GitHub(Receiver):
    """What docs.github.com/rest says of creating, listing and searching issues. The search knows nothing new."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    indexed: int = 0
    """How many of the issues the search has heard of."""
    lost: int = 0

    def answer(self, request: Request) -> Reply:
        if self.script:
            return self.script.pop(0), self.extra, b'{"message": "API rate limit exceeded"}'
        if request.headers.get("authorization") != "Bearer ghp_token" or "user-agent" not in request.headers:
            return said(401, {"message": "Bad credentials"})
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/search/issues":
            word = re.search(r'"([\w-]+)"', query["q"])
            assert word and "repo:nido/city" in query["q"]
            found = [it for it in self.issues[: self.indexed] if word[1] in it["body"]]
            return said(200, {"total_count": len(found), "incomplete_results": False, "items": found})
        if parts.path == "/repos/nido/city":
            return said(200, {"full_name": "nido/city"})
        if parts.path != "/repos/nido/city/issues":
            return said(404, {"message": "Not Found"})
        if request.method == "GET":
            assert query["state"] == "all"
            return said(200, list(reversed(self.issues))[:100])
        return self.create(request.json)

    def create(self, asked: dict[str, Any]) -> Reply:
        number = len(self.issues) + 1
        row = {"number": number, "html_url": f"{self.url}/nido/city/issues/{number}", **asked}
        self.issues.append(row)
        if self.lost:
            self.lost -= 1
            return said(502, {})
        return said(201, row)


def said(status: int, what: Any) -> Reply:
    """JSON."""
    return status, {"Content-Type": "application/json"}, json.dumps(what).encode()


Start = Callable[..., Any]
