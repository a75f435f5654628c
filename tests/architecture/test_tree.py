"""The tree itself: only our own source, nothing generated, no word on where packages come from, nothing overgrown."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-assets.lock")
MAX_LINES = 450  # a file aims under 400; past this it holds two things
MAX_BYTES = 1_000_000  # pictures for the README are the largest things that belong here

VENDORED = re.compile(r"(^|/)(vendor|vendored|third_party|node_modules|site-packages)/|\.min\.(js|css|mjs)$|\.map$")
BINARY = re.compile(r"\.(whl|zip|tar|gz|exe|dll|so|dylib|pyc|mo|db|sqlite3?|woff2?|ttf|otf)$")
# an option or setting that names an index, a lock entry that names a file's address, and the paths of an index
ADDRESS = re.compile(
    r"(index[-_]url|find[-_]links|trusted[-_]host|registry)[\"']?\s*[=: ]\s*[\"']?(https?:|file:)"
    r"|\"resolved\":\s*\"https?:"
    r"|https?://[^\s\"'<>]+/(simple(/|\b)|packages/[0-9a-f]{2}/[0-9a-f]{2}/)"
    r"|https?://(\w+\.)*(pypi|pythonhosted|npmjs|jsdelivr|unpkg|cdnjs)\.(org|com|net)\b",
    re.IGNORECASE,
)


def tracked() -> list[str]:
    """Every file of the next commit: what git tracks, and what is new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout: an unpacked archive has nothing that could be committed")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """(name, text) of every tracked file that is text."""
    read = []
    for name in tracked():
        body = (ROOT / name).read_bytes()
        if b"\0" not in body:
            read.append((name, body.decode("utf-8")))
    return read


def test_no_third_party_file_is_in_the_tree() -> None:
    assert [name for name in tracked() if VENDORED.search(name)] == []


def test_nothing_compiled_packed_or_large_is_in_the_tree() -> None:
    assert [name for name in tracked() if BINARY.search(name)] == []
    assert [name for name in tracked() if (ROOT / name).stat().st_size > MAX_BYTES] == []


def test_no_file_says_where_packages_come_from() -> None:
    named = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if ADDRESS.search(line)
    ]
    assert named == []


@pytest.mark.parametrize(
    ("before", "scheme", "after"),
    [
        ("--index-url ", "https", "mirror.example/simple"),
        ("--find-links ", "file", "/opt/wheels"),
        ("extra-index-url = ", "https", "mirror.example/whatever"),
        ('registry="', "https", 'mirror.example/"'),
        ('"resolved": "', "https", 'mirror.example/x.tgz"'),
        ("x @ ", "https", "files.example/packages/ab/cd/x.whl"),
        ("<script src=", "https", "unpkg" + ".com/htmx.org></script>"),
    ],
)
def test_the_address_rule_sees_what_it_is_for(before: str, scheme: str, after: str) -> None:
    """Put together here, so that this very file names no address either."""
    assert ADDRESS.search(f"{before}{scheme}://{after}")


def test_text_files_end_well() -> None:
    wrong = [name for name, text in texts() if text and (not text.endswith("\n") or "\r\n" in text)]
    assert wrong == []


def test_no_source_file_outgrows_its_reader() -> None:
    source = re.compile(r"^(?!migrations/versions/).*\.(py|html|js|css)$")  # a migration is as long as its tables
    assert [
        (name, text.count("\n")) for name, text in texts() if source.search(name) and text.count("\n") > MAX_LINES
    ] == []


def entries(lock: str) -> dict[str, str]:
    """name → what stands from its first line up to the next package's."""
    text = (ROOT / lock).read_text("utf-8")
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)==(.*?)(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_with_a_hash_and_holds_no_option(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert re.findall(r"^-.*", text, re.MULTILINE) == []
    assert "://" not in text
    packages = entries(lock)
    assert packages
    assert len(packages) == len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)), "an entry without =="
    assert [name for name, entry in packages.items() if "--hash=sha256:" not in entry] == []


def test_the_locks_agree_and_cover_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runtime, dev = entries("requirements.lock"), entries("requirements-dev.lock")
    version = {name: entry.split()[0] for name, entry in dev.items()}
    assert [name for name, entry in runtime.items() if version.get(name) != entry.split()[0]] == []

    def names(wanted: list[object]) -> set[str]:
        plain = [re.match(r"[A-Za-z0-9._-]+", item) for item in wanted if isinstance(item, str)]
        return {match[0].lower().replace("_", "-").replace(".", "-") for match in plain if match}

    groups = project["dependency-groups"]
    assert names([*project["project"]["dependencies"], *groups["build"]]) <= set(runtime)
    assert names([*groups["test"], *groups["check"]]) <= set(dev)


def imported(path: Path) -> set[str]:
    """The top-level names of what a module imports, the standard library and the project aside."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"forum", "tests", "tools"}


@pytest.mark.parametrize(
    ("folders", "groups"),
    [(("forum", "migrations"), ()), (("tests", "tools"), ("test",))],
    ids=["runtime", "tests"],
)
def test_every_import_is_of_something_that_pyproject_names(folders: tuple[str, ...], groups: tuple[str, ...]) -> None:
    """A dependency of a dependency may leave with its next version: what we import, we ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(item for group in groups for item in project["dependency-groups"][group]),
    ]
    asked = {re.split(r"[ \[<>=;]", item)[0].lower() for item in wanted}
    owners = packages_distributions()
    stray = {
        f"{path.relative_to(ROOT)}: {module}"
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for module in imported(path)
        if not asked & {owner.lower().replace("_", "-") for owner in owners.get(module, [module])}
    }
    assert sorted(stray) == []


def test_every_dependency_is_used() -> None:
    loaded_by_others = {"httptools", "psycopg", "tzdata", "uvloop"}  # by uvicorn, SQLAlchemy and zoneinfo, by name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = {re.split(r"[ \[<>=;]", item)[0].lower() for item in project["project"]["dependencies"]}
    owners = packages_distributions()
    modules = {
        module
        for folder in ("forum", "migrations")
        for path in (ROOT / folder).rglob("*.py")
        for module in imported(path)
    }
    used = {owner.lower().replace("_", "-") for module in modules for owner in owners.get(module, [])}
    assert asked - used - loaded_by_others == set()
