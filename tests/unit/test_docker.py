"""The container files, held against the project: no engine is needed to see that they name what exists."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import yaml
from click.testing import CliRunner

from forum.cli import forum
from forum.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
COMPOSE = ("compose.yaml", "compose.scale.yaml")
SETTINGS = {f"FORUM_{item.name.upper()}" for item in fields(Settings)}


class Step(NamedTuple):
    """One instruction: `stage` counts FROM lines, from 0."""

    stage: int
    word: str
    rest: str


def steps() -> list[Step]:
    text = re.sub(r"^\s*#.*\n", "", (DOCKER / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    stage, found = -1, []
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        stage += word == "FROM"
        if word:
            found.append(Step(stage, word, " ".join(rest.split())))
    return found


def last_stage(word: str) -> list[str]:
    """What `word` says in the stage that becomes the image."""
    every = steps()
    return [step.rest for step in every if step.word == word and step.stage == every[-1].stage]


def sources() -> list[tuple[str, str]]:
    """(source, target folder) of everything that is copied from the project."""
    pairs = []
    for step in steps():
        if step.word == "COPY" and "--from=" not in step.rest:
            *names, target = step.rest.split()
            pairs += [(name, target) for name in names]
    return pairs


def compose(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DOCKER / name).read_text("utf-8"))
    return read


def ours(name: str) -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {key: service for key, service in compose(name)["services"].items() if service["image"] == "ritrovo"}


def hadolint() -> str:
    """The linter that the environment brings."""
    return str(Path(sys.executable).parent / "hadolint")


def test_hadolint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [hadolint(), "--format", "json", str(DOCKER / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout) == []
    assert done.returncode == 0, done.stderr


def test_hadolint_would_say_something(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nRUN cd /srv && pip install litestar\n", "utf-8")
    done = subprocess.run([hadolint(), str(bad)], capture_output=True, text=True, check=False)
    assert "DL3007" in done.stdout
    assert done.returncode == 1


def test_every_copied_file_exists_and_reaches_the_builder() -> None:
    rules = (DOCKER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    rules = [rule for rule in rules if rule and not rule.startswith("#")]
    assert rules[0] == "*", "nothing is sent but what is named"
    sent = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    for source, _ in sources():
        assert (ROOT / source).exists(), source
        assert source.rstrip("/") in sent, f"{source} is not in Dockerfile.dockerignore"
    assert {"var", ".git", ".venv", "tests"}.isdisjoint(sent)
    assert "static/vendor" in rules


def test_the_image_installs_by_hash_and_fetches_nothing_when_it_runs() -> None:
    installs = [step.rest for step in steps() if step.word == "RUN" and "pip install" in step.rest]
    assert installs
    assert all("--require-hashes" in rest or "--no-index" in rest for rest in installs)
    assert not any(re.search(r"\b(pip|apt-get|curl|wget)\b", rest) for rest in last_stage("RUN"))


def test_the_program_runs_as_a_user_who_owns_only_the_data() -> None:
    [user] = last_stage("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number, so that it can be seen not to be root"
    assert not any("--chown" in rest for rest in last_stage("COPY"))
    [volume] = last_stage("VOLUME")
    assert json.loads(volume) == ["/data"]
    assert "FORUM_DATA_DIR=/data" in last_stage("ENV")[0].split()


def test_what_the_image_starts_is_a_command_of_ours() -> None:
    [entry], [command] = (json.loads(last_stage(word)[0]) for word in ("ENTRYPOINT",)), last_stage("CMD")
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert entry[0] in scripts
    assert_understood(json.loads(command))


def assert_understood(arguments: list[str]) -> None:
    """`forum` knows this command and each of its options."""
    name, *options = arguments
    done = CliRunner().invoke(forum, [name, "--help"])
    assert done.exit_code == 0, done.output
    for option in options:
        assert not option.startswith("--") or option in done.output, option


def test_the_probe_asks_an_address_that_exists() -> None:
    [probe] = last_stage("HEALTHCHECK")
    [port] = last_stage("EXPOSE")
    assert f"http://127.0.0.1:{port}/healthz" in probe


@pytest.mark.parametrize("name", COMPOSE)
def test_a_composition_sets_only_settings_that_exist(name: str) -> None:
    for service in ours(name).values():
        given = {key for key in service["environment"] if key.startswith("FORUM_")}
        assert given <= SETTINGS
        assert "FORUM_BASE_URL" in given


@pytest.mark.parametrize("name", COMPOSE)
def test_a_composition_runs_commands_that_exist_behind_a_locked_door(name: str) -> None:
    for service in ours(name).values():
        assert_understood(service.get("command", ["serve"]))
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert any(volume.endswith(":/data") for volume in service["volumes"])
        build = service["build"]
        assert (DOCKER / build["context"] / build["dockerfile"]).resolve() == DOCKER / "Dockerfile"


@pytest.mark.parametrize("name", COMPOSE)
def test_a_composition_refers_only_to_what_it_defines(name: str) -> None:
    whole = compose(name)
    for service in whole["services"].values():
        assert set(service.get("depends_on", {})) <= set(whole["services"])
        assert set(service.get("networks", [])) <= set(whole.get("networks", {}))
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DOCKER / source).is_file() if source.startswith(".") else source in whole["volumes"]


def test_the_small_site_is_reached_from_this_machine_only() -> None:
    [service] = ours("compose.yaml").values()
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_large_site_has_one_door_and_one_worker() -> None:
    whole = compose("compose.scale.yaml")
    assert [key for key, service in whole["services"].items() if "ports" in service] == ["proxy"]
    assert [key for key, service in whole["services"].items() if service.get("command") == ["worker"]] == ["worker"]
    assert whole["services"]["database"]["image"] == "postgres:18"
    for service in ours("compose.scale.yaml").values():
        assert service["environment"]["FORUM_WORKER"] == "off"
        assert service["environment"]["FORUM_DATABASE_URL"].startswith("postgresql://")


def test_the_proxy_is_believed_and_finds_the_application() -> None:
    whole = compose("compose.scale.yaml")
    subnet = whole["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert whole["services"]["app"]["environment"]["FORUM_TRUSTED_PROXIES"] == subnet
    assert "dynamic a app 8000" in (DOCKER / "Caddyfile").read_text("utf-8")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The tree as the image has it: what is copied, where it is copied, and the fetched front-end files."""
    tree = tmp_path / "srv"
    tree.mkdir()
    for source, target in sources():
        origin = ROOT / source
        if origin.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(origin, tree / target, ignore=ignored, dirs_exist_ok=True)
        else:
            (tree / target).mkdir(exist_ok=True)
            shutil.copy(origin, tree / target)
    return tree


@pytest.fixture
def served(image: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a site that runs from the image's tree."""
    command = json.loads(last_stage("CMD")[0])
    command = [*command[: command.index("--port")], "--port", "0"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("FORUM_", "PYTHONPATH"))}
    program = "import sys, forum, forum.cli; assert forum.__file__.startswith(sys.argv.pop(1)); forum.cli.main()"
    log = tmp_path / "log"
    with log.open("wb") as output, subprocess.Popen(
        [sys.executable, "-c", program, str(image), *command],
        cwd=image, env={**kept, "FORUM_DATA_DIR": str(tmp_path / "data"), "FORUM_LOG": "json"},
        stdout=output, stderr=output,
    ) as process:  # fmt: skip
        try:
            while not (found := re.search(r"http://[\d.]+:\d+", log.read_text("utf-8"))):
                assert process.poll() is None, log.read_text("utf-8")
                time.sleep(0.05)
            yield found[0]
        finally:
            process.terminate()
            process.wait(15)
            print(log.read_text("utf-8"))  # pytest shows it where something failed


@pytest.mark.slow
def test_what_is_copied_is_enough_to_serve(served: str) -> None:
    probe = last_stage("HEALTHCHECK")[0].partition("CMD ")[2]
    command = [sys.executable, *json.loads(probe.replace("http://127.0.0.1:8000", served))[1:]]
    deadline = time.monotonic() + 20  # the address is printed a moment before the first request is answered
    while (probed := subprocess.run(command, capture_output=True, text=True, check=False)).returncode:
        assert time.monotonic() < deadline, probed.stderr
    with urlopen(f"{served}/", timeout=10) as answer:
        page = answer.read().decode("utf-8")
    assert "<html" in page
    for address in re.findall(r"(?:href|src)=\"(/static/[^\"#]+)", page):
        with urlopen(f"{served}{address}", timeout=10) as answer:
            assert answer.status == 200
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{served}/no-such-page", timeout=10)
