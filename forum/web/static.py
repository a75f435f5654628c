"""Static files: read at start, addressed by a hash of the whole tree, served from memory, cached for a year."""

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parent.parent.parent / "static"
IMPORT = re.compile(r"@import\s+url\(\"([^\"]+)\"\)[^;]*;")
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
SMALL = 1024  # bytes below which gzip does not pay
log = structlog.get_logger("forum.web")


class Static:
    """`/static/{hash}/{path}`. Relative addresses inside CSS and ES modules keep working under the hash."""

    def __init__(self, root: Path = ROOT, *, reload: bool = False) -> None:
        """`reload`: read anew at each request (while working on the look)."""
        self.root, self.reload = root, reload
        self.files: dict[str, tuple[bytes, bytes | None, str]] = {}
        self.hash = ""
        self._load()

    def _load(self) -> None:
        files, total = {}, hashlib.sha256()
        for path in sorted(p for p in self.root.rglob("*") if p.is_file() and not p.name.startswith(".")):
            name, body = path.relative_to(self.root).as_posix(), path.read_bytes()
            if path.suffix == ".css":
                body = self._bundle(path).encode("utf-8")
            total.update(name.encode() + b"\0" + body)
            kind = TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
            packed = (
                gzip.compress(body, 9, mtime=0)
                if len(body) > SMALL and "image/" not in kind.replace("svg", "")
                else None
            )
            files[name] = (body, packed, kind)
        self.files, self.hash = files, total.hexdigest()[:12]

    def _bundle(self, path: Path) -> str:
        """A sheet with its `@import url("…")` lines replaced by what they name: one request, in order."""

        def inline(match: re.Match[str]) -> str:
            return self._bundle(path.parent / match[1])

        text = path.read_text("utf-8")
        up = len(path.relative_to(self.root).parts) - 2  # addresses in css/components/x.css are one step deeper
        if up > 0:
            text = re.sub(r"url\(\"\.\./\.\./", 'url("../', text)
        return IMPORT.sub(inline, text)

    def address(self, name: str) -> str:
        """The address of static file `name`. A file that is not there is logged, not fatal: pages work without."""
        if self.reload:
            self._load()
        if name not in self.files:
            log.error("static file missing", name=name)
        return f"/static/{self.hash}/{name}"

    def find(self, path: str) -> tuple[bytes, bytes | None, str, bool] | None:
        """(body, gzipped or None, type, fresh) for a request path below /static/; None when there is none."""
        _, _, rest = path.removeprefix("/static/").partition("/")
        found = self.files.get(rest)
        return (*found, path.startswith(f"/static/{self.hash}/")) if found else None
