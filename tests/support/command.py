"""The `forum` command inside the test process, on the test's own database."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from forum.cli import main
from forum.settings import Settings


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The process's environment with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    ours = {"FORUM_DATA_DIR": str(settings.data_dir), "FORUM_DATABASE_URL": settings.database_url, **more}
    return {**kept, **{name: value for name, value in ours.items() if value}}


@dataclass
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str


@dataclass
class Command:
    """Runs `forum …`."""

    settings: Settings
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def __call__(self, *args: str, **settings: str) -> Outcome:
        """`settings`: FORUM_… variables beside the test's own."""
        for name in [name for name in os.environ if name.startswith("FORUM_")]:
            self.patch.delenv(name)
        for name, value in environment(self.settings, **settings).items():
            self.patch.setenv(name, value)
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(args)
        seen = self.capture.readouterr()
        return Outcome(int(ended.value.code or 0), seen.out, seen.err)


def write_source(folder: Path, **kinds: list[dict[str, Any] | str]) -> Path:
    """A folder in the import format. Strings are lines as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("users", "threads", "posts"):
        lines = [
            line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in kinds.get(kind, [])
        ]
        (folder / f"{kind}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder
