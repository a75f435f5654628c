"""Legal hold and the disk: pictures are kept whatever anybody deletes, sealed ones are served to nobody."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from forum.legal.domain import holds
from forum.legal.models import LegalHold
from forum.members import pictures
from forum.members.models import Member
from forum.moderation.domain import Act, decide, report
from tests.integration.legal.test_notices import only

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
NAME = f"{'a' * 32}-20x10.webp"
URL = f"/uploads/images/{NAME}"


@pytest.fixture
def data(make: Any) -> Path:
    folder: Path = make.core.settings.data_dir
    (folder / "uploads" / "images").mkdir(parents=True, exist_ok=True)
    (folder / "uploads" / "images" / NAME).write_bytes(b"CANARYpixels")
    return folder


@pytest.fixture
def scene(make: Any, data: Path) -> dict[str, Any]:
    people = {"author": make.member("author"), "mod": make.member(role="moderator"), "admin": make.member(role="admin")}
    thread = make.thread(people["author"], body=f"Look: ![a picture]({URL})")
    return {**people, "thread": thread}


def remove(make: Any, scene: dict[str, Any]) -> None:
    act = Act(action="remove", reason="illegal", explanation="Why.")
    with make.core.db.write() as session:
        decide(session, actor=scene["mod"], act=act, target_type="post", target_id=scene["thread"].id, now=make.now)


def test_a_held_picture_outlives_its_file(make: Any, scene: dict[str, Any], data: Path) -> None:
    admin = make.browser(scene["admin"])
    asked = {"url": f"/p/{scene['thread'].id}", "reason": "Court"}
    assert admin.post("/manage/legal/holds", asked).status_code == 303
    assert "Post" in admin.get("/manage/legal/holds").text
    hold = only(make, LegalHold)
    copy = data / "evidence" / str(hold.id) / "images" / NAME
    assert make.browser().get(URL).content == b"CANARYpixels", "it is held, not sealed"
    (data / "uploads" / "images" / NAME).unlink()
    assert copy.read_bytes() == b"CANARYpixels" and (data / "evidence").stat().st_mode & 0o077 == 0
    digest = hashlib.sha256(b"CANARYpixels").hexdigest()
    taken = json.loads(admin.post(f"/manage/legal/holds/{hold.id}/evidence").text)
    assert taken["evidence"]["files"] == [{"name": f"images/{NAME}", "sha256": digest}]
    admin.post(f"/manage/legal/holds/{hold.id}/release")
    assert not copy.exists()


def test_danger_to_life_leads_to_the_evidence(make: Any, scene: dict[str, Any]) -> None:
    """DSA Art. 18: the suspicion, which authority, what was handed over and when stand in the hold and in the log."""
    with make.core.db.write() as session:
        case = report(
            session, actor=make.member(), target_type="post", target_id=scene["thread"].id, reason="violence",
            threat=True, now=make.now,
        ).case_id  # fmt: skip
    admin, path = make.browser(scene["admin"]), f"/moderation/cases/{case}"
    assert "the police are told at once" in make.browser(scene["mod"]).get(path).text
    begun = admin.get(path).text.partition('href="/manage/legal/holds?')[2].partition('"')[0]
    assert begun and "Keep it as evidence" in admin.get(path).text
    form = admin.get(f"/manage/legal/holds?{begun}").text
    (field,) = re.findall(r'<input[^>]*name="url"[^>]*>', form)
    address = field.partition('value="')[2].partition('"')[0]
    asked = {"url": address, "reason": "A threat to kill", "authority_ref": "Questura 12/26"}
    assert admin.post("/manage/legal/holds", asked).status_code == 303
    hold = only(make, LegalHold)
    assert (hold.target_id, hold.reason, hold.authority_ref) == (scene["thread"].id, asked["reason"], "Questura 12/26")
    assert admin.post(f"/manage/legal/holds/{hold.id}/evidence").status_code == 200
    assert "It is kept as evidence" in admin.get(path).text and "sealed as evidence" not in admin.get(path).text
    log = admin.get("/moderation/log").text
    assert "Evidence under legal hold taken" in log and "What is kept" in log


def test_sealed_it_is_served_to_nobody_and_comes_back(make: Any, scene: dict[str, Any], data: Path) -> None:
    remove(make, scene)
    admin = make.browser(scene["admin"])
    admin.post("/manage/legal/holds", {"url": f"/p/{scene['thread'].id}", "reason": "Police", "seal": "1"})
    for reader in (None, scene["admin"], scene["author"]):
        assert make.browser(reader).get(URL).status_code == 404
    hold = only(make, LegalHold)
    (data / "uploads" / "images" / NAME).write_bytes(b"CANARYpixels")  # as after a crash before the disk was reached
    holds.tend(make.core.db, data)
    assert make.browser().get(URL).status_code == 404
    admin.post(f"/manage/legal/holds/{hold.id}/release")
    assert make.browser().get(URL).content == b"CANARYpixels"
    assert not (data / "evidence" / str(hold.id)).exists()


def test_what_another_hold_seals_does_not_come_back(make: Any, scene: dict[str, Any], data: Path) -> None:
    again = make.thread(scene["author"], body=f"Again: ![the same]({URL})")
    remove(make, scene)
    remove(make, {**scene, "thread": again})
    admin = make.browser(scene["admin"])
    for ref in (scene["thread"], again):
        admin.post("/manage/legal/holds", {"url": f"/p/{ref.id}", "reason": "Police", "seal": "1"})
    admin.post("/manage/legal/holds/1/release")
    assert make.browser().get(URL).status_code == 404
    admin.post("/manage/legal/holds/2/release")
    assert make.browser().get(URL).status_code == 200


def test_the_face_of_a_held_profile_outlives_another(make: Any, scene: dict[str, Any], data: Path) -> None:
    folder = pictures.folder(data)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(b"CANARYface")
    with make.core.db.write() as session:
        session.execute(update(Member).where(Member.id == scene["author"].id).values(avatar=NAME))
    make.browser(scene["admin"]).post("/manage/legal/holds", {"url": "/u/author", "reason": "Court"})
    pictures.forget(NAME, data)
    hold = only(make, LegalHold)
    assert (data / "evidence" / str(hold.id) / "avatars" / NAME).read_bytes() == b"CANARYface"
