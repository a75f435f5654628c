"""Pictures that were taken away are known again; what is learned about them is unlearned."""

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from forum.kit.images import FOLDER, Picture, keep
from forum.moderation import domain as moderation
from forum.moderation.domain.acts import Act
from forum.moderation.models import Case
from forum.prevention.models import Check, Print
from forum.threads import domain as threads
from forum.threads.compose import compose


@pytest.fixture
def pictures(core, tmp_path):
    """(a picture, the same one smaller, another one): names in uploads/images."""
    image = Image.new("RGB", (600, 400), "white")
    draw = ImageDraw.Draw(image)
    for n in range(40):
        at = n * 67 % 560, n * 41 % 360
        draw.rectangle((*at, at[0] + 70, at[1] + 60), fill=(n * 30 % 255, 220 - n * 5, n * 50 % 255))
    names = []
    for number, one in enumerate((image, image.resize((300, 200)), image.rotate(180))):
        path = tmp_path / f"{number}.webp"
        one.save(path, quality=70)
        names.append(keep(Picture(path.read_bytes(), *one.size), core.settings.data_dir / "uploads" / FOLDER))
    return names


def post(core, actor, thread_id, name):
    with core.db.write() as session:
        draft = compose(session, f"Look at this.\n\n![](/uploads/{FOLDER}/{name})")
        return threads.reply(session, actor=actor, thread_id=thread_id, draft=draft, now=core.clock())


def seen(core, post_id):
    with core.db.read() as session:
        check = session.scalars(select(Check).where(Check.post_id == post_id)).one()
        return {one["phase"]: one["params"].get("bits") for one in check.findings}, check.outcome


def test_a_removed_picture_is_known_in_another_size(core, make, pictures):
    moderator, thread = make.member("mario", role="moderator"), make.thread(make.member("anna"))
    first = post(core, make.member("bruno"), thread.thread_id, pictures[0])
    make.drain()
    assert "images" not in seen(core, first.id)[0]
    with core.db.write() as session:
        outcome = moderation.decide(
            session, actor=moderator, now=core.clock(), target_type="post", target_id=first.id,
            act=Act(action="remove", reason="sexual", explanation="Not here."),
        )  # fmt: skip
    make.drain()
    for name, raised in ((pictures[1], True), (pictures[2], False)):
        again = post(core, make.member(), thread.thread_id, name)
        make.drain()
        found, what = seen(core, again.id)
        assert ("images" in found) == raised and (what == "flag") == raised
        with core.db.read() as session:
            assert (session.scalar(select(Case.id).where(Case.target_id == again.id)) is not None) == raised
    with core.db.write() as session:
        moderation.undo(session, actor=moderator, decision_id=outcome.id, now=core.clock())
    make.drain()
    with core.db.read() as session:
        assert set(session.scalars(select(Print.bad))) == {0}
    last = post(core, make.member(), thread.thread_id, pictures[1])
    assert "images" not in seen(core, last.id)[0]
