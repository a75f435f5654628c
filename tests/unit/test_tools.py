"""The build's own small programs: what they fetch, and what they refuse."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import assets, skips

ROOT = Path(__file__).resolve().parents[2]
[INSIDE] = assets.FILES
METADATA = "Metadata-Version: 2.1\nName: pretend\nVersion: 1.0\nRequires-Dist: something-nobody-has\n"


def wheel(folder: Path, **extra: str) -> Path:
    """A package that carries a front-end file and asks for dependencies nobody should fetch."""
    path = folder / "pretend-1.0-py3-none-any.whl"
    files = {
        INSIDE: 'var htmx={version:"2.9.9"}',
        "pretend-1.0.dist-info/METADATA": METADATA,
        "pretend-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "pretend-1.0.dist-info/RECORD": "",
        **extra,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip fetches from, instead of the network."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def lock(folder: Path, digest: str) -> Path:
    path = folder / "assets.lock"
    path.write_text(f"pretend==1.0 --hash=sha256:{digest}\n", "utf-8")
    return path


def test_an_asset_arrives_with_a_note_and_only_once(shelf: Path, tmp_path: Path) -> None:
    pinned = lock(tmp_path, hashlib.sha256(wheel(shelf).read_bytes()).hexdigest())
    vendor = tmp_path / "static" / "vendor"
    assert assets.install(pinned, vendor)
    assert "2.9.9" in (vendor / "htmx.min.js").read_text("utf-8")
    assert "htmx 2.9.9" in (vendor / "NOTICE.txt").read_text("utf-8")
    assert "Zero-Clause BSD" in (vendor / "NOTICE.txt").read_text("utf-8")
    assert not assets.install(pinned, vendor)

    (vendor / "htmx.min.js").unlink()  # somebody tidied up
    assert assets.install(pinned, vendor)
    assert sorted(p.name for p in vendor.parent.iterdir()) == ["vendor"]


def test_a_package_with_another_hash_is_refused_and_the_old_files_stay(shelf: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "static" / "vendor"
    assets.install(lock(tmp_path, hashlib.sha256(wheel(shelf).read_bytes()).hexdigest()), vendor)
    before = (vendor / "htmx.min.js").read_bytes()
    wheel(shelf, **{INSIDE: "alert('not what was reviewed')"})
    pinned = lock(tmp_path, "0" * 64)
    with pytest.raises(assets.AssetError, match=r"(?i)hash"):
        assets.install(pinned, vendor)
    assert (vendor / "htmx.min.js").read_bytes() == before
    assert not assets.current(pinned, vendor)


def test_a_package_that_lost_the_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "other-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.py", "")
    with pytest.raises(assets.AssetError, match=r"no longer has .*htmx"):
        assets.extract([path], tmp_path / "vendor")


def test_the_page_asks_for_the_file_that_is_fetched() -> None:
    layout = (ROOT / "templates" / "layouts" / "base.html").read_text("utf-8")
    for name in assets.FILES.values():
        assert f"vendor/{name}" in layout


REPORT = '<testsuites><testsuite><testcase classname="e2e" name="{name}">{inside}</testcase></testsuite></testsuites>'


def test_a_skipped_test_fails_the_run_and_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(REPORT.format(name="ran", inside=""), "utf-8")
    bad.write_text(REPORT.format(name="sign_up", inside='<skipped message="no Chromium"/>'), "utf-8")
    runs = {
        report: subprocess.run(
            [sys.executable, "-m", "tools.skips", str(report)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        for report in (good, bad)
    }
    assert (runs[good].returncode, runs[good].stdout, runs[good].stderr) == (0, "", "")
    assert runs[bad].returncode == 1
    assert "e2e.sign_up: no Chromium" in runs[bad].stderr
    assert skips.skipped(good) == []
