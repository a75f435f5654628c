"""Front-end files that are not ours: fetched once, at install, from a pinned and checksummed package.

`python -m tools.assets` reads requirements-assets.lock, has pip fetch that wheel and no other (its Python
dependencies are of no use here), lets pip compare the hash, and takes single files out of it into static/vendor/.
Nothing is fetched again while the lock stays as it is, and nothing at all while a site runs.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-assets.lock"
VENDOR = ROOT / "static" / "vendor"
FILES = {"django_htmx/static/django_htmx/htmx-2.min.js": "htmx.min.js"}
"""Path inside a wheel → name in static/vendor/."""
NOTICE = """\
Files in this folder were taken unchanged from published packages; they are not part of Ritrovo's source.

htmx.min.js   htmx {htmx}, by Big Sky Software and contributors, Zero-Clause BSD licence, https://htmx.org
              taken from {wheel}, whose own licence is MIT
"""


class AssetError(RuntimeError):
    """An asset could not be had; the message says why."""


def stamp(lock: Path) -> str:
    """What the vendor folder was made from: the hash of the lock and of the list of files."""
    return hashlib.sha256(lock.read_bytes() + repr(sorted(FILES.items())).encode()).hexdigest()


def current(lock: Path = LOCK, vendor: Path = VENDOR) -> bool:
    """True when `vendor` holds every file, taken from what `lock` names."""
    made = vendor / ".stamp"
    here = all((vendor / name).is_file() for name in FILES.values())
    return here and made.is_file() and made.read_text("utf-8").strip() == stamp(lock)


def fetch(lock: Path, folder: Path) -> list[Path]:
    """The wheels that `lock` pins, downloaded into `folder`. Raises AssetError (no network, another hash)."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "--requirement", str(lock), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise AssetError(f"pip could not fetch the front-end files:\n{done.stderr.strip()}")
    return sorted(folder.glob("*.whl"))


def extract(wheels: list[Path], vendor: Path) -> None:
    """Take FILES out of `wheels` into `vendor`, with a note on where they come from. Raises AssetError."""
    vendor.mkdir(parents=True, exist_ok=True)
    missing = dict(FILES)
    source = ""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for inside in missing.keys() & set(archive.namelist()):
                (vendor / missing.pop(inside)).write_bytes(archive.read(inside))
                source = wheel.name
    if missing:
        raise AssetError(f"the package no longer has {', '.join(missing)}: pin an older one, or adapt tools/assets.py")
    version = re.search(r'\bversion:"([\d.]+)"', (vendor / "htmx.min.js").read_text("utf-8"))
    notice = NOTICE.format(htmx=version[1] if version else "2", wheel=source)
    (vendor / "NOTICE.txt").write_text(notice, "utf-8")


def install(lock: Path = LOCK, vendor: Path = VENDOR) -> bool:
    """Bring `vendor` up to `lock`; False when it was already. A failure leaves the old folder as it was.

    Raises AssetError.
    """
    if current(lock, vendor):
        return False
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as downloads, tempfile.TemporaryDirectory(dir=vendor.parent, prefix=".") as new:
        fresh = Path(new) / "vendor"
        extract(fetch(lock, Path(downloads)), fresh)
        (fresh / ".stamp").write_text(stamp(lock) + "\n", "utf-8")
        if vendor.exists():
            shutil.rmtree(vendor)
        fresh.rename(vendor)
    return True


def main() -> int:
    """0 when the files are there, 1 with one clear message when they are not."""
    try:
        fetched = install()
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    if fetched:
        print(f"front-end files: {', '.join(FILES.values())} → {VENDOR.relative_to(ROOT)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
