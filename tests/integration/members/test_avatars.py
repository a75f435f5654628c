"""Pictures of members: what is taken, what is refused, what is left of it."""

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from forum.members import pictures
from forum.members.models import Member

HOSTILE = b"<html><script>alert('canary')</script></html>"


def encoded(kind, size=(40, 30), colour="#ff0000", **more):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **more)
    return out.getvalue()


def bomb_png(width, height):
    """A tiny file that says it is enormous."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * min(width * 3 + 1, 1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def anna(make):
    return make.member("anna")


@pytest.fixture
def browser(make, anna):
    browser = make.browser(anna)
    browser.get("/settings/profile")
    return browser


def send(browser, data, *, name="me.png", kind="image/png", token=None, **headers):
    fields = {"_csrf": browser.token if token is None else token}
    return browser.request(
        "POST", "/settings/avatar", data=fields, files={"avatar": (name, data, kind)}, headers=headers
    )


def files(core):
    folder = pictures.folder(core.settings.data_dir)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_written_anew_and_served_inertly(make, core, client, anna, browser, kind):
    answer = send(browser, encoded(kind), name="evil.html", kind="text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/profile")
    (name,) = files(core)
    assert make.get(Member, anna.id).avatar == name
    served = client.get(f"/uploads/avatars/{name}")
    assert served.headers["content-type"] == "image/webp"
    assert served.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in served.headers["cache-control"] and "set-cookie" not in served.headers
    with Image.open(io.BytesIO(served.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (256, 256))
    assert f'src="/uploads/avatars/{name}"' in client.get("/u/anna").text


def test_metadata_is_gone_and_turned_pictures_stand_upright(core, browser):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010E] = "canary: at home"
    image = Image.new("RGB", (60, 30), "#0000ff")
    image.paste("#ff0000", (0, 0, 30, 30))
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95, comment=b"canary")
    assert send(browser, out.getvalue()).status_code == 303
    data = (pictures.folder(core.settings.data_dir) / files(core)[0]).read_bytes()
    assert b"canary" not in data and b"EXIF" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert not picture.getexif()
        red, _, blue = picture.convert("RGB").getpixel((128, 10))
        assert red > 200 > blue, "what was left is on top"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_of_a_polyglot_only_the_pixels_stay(core, browser, kind):
    info = PngInfo()
    info.add_text("comment", HOSTILE.decode())
    more = {"pnginfo": info} if kind == "PNG" else {"comment": HOSTILE}
    assert send(browser, encoded(kind, **more) + HOSTILE + b"PK\x03\x04").status_code == 303
    data = (pictures.folder(core.settings.data_dir) / files(core)[0]).read_bytes()
    assert b"canary" not in data and b"PK\x03\x04" not in data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose a picture first."),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG"),
        (b'\xef\xbb\xbf  <?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "SVG"),
        (b"GIF89a/*" + HOSTILE + b"*/=1;", "no picture that we can read"),
        (HOSTILE, "no picture that we can read"),
        (b"%PDF-1.7 canary", "no picture that we can read"),
        (encoded("PNG", (300, 300))[:-40], "no picture that we can read"),
        (encoded("TIFF"), "no picture that we can read"),
        (encoded("BMP"), "no picture that we can read"),
        (encoded("ICO"), "no picture that we can read"),
        (bomb_png(50_000, 50_000), "too many pixels"),
        (bomb_png(10_000, 9_000), "too many pixels"),
        (bomb_png(2**31 - 1, 2**31 - 1), ""),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 2_100_000, "over 2 MB"),
    ],
    ids=[
        "none",
        "svg",
        "svg-xml",
        "gif-js",
        "html",
        "pdf",
        "cut",
        "tiff",
        "bmp",
        "ico",
        "bomb",
        "bomb-90",
        "overflow",
        "big",
    ],
)
def test_anything_else_is_refused_in_words(make, core, anna, browser, data, words):
    answer = send(browser, data)
    assert answer.status_code == 422 and 'id="avatar-error"' in answer.text and words in answer.text
    assert files(core) == [] and make.get(Member, anna.id).avatar is None


def test_a_deep_text_chunk_is_no_bomb(core, browser):
    info = PngInfo()
    info.add_text("comment", "x" * 60_000_000, zip=True)
    assert send(browser, encoded("PNG", pnginfo=info)).status_code == 422
    assert files(core) == []


def test_a_file_above_the_limit_of_uploads_is_not_even_read(browser):
    assert send(browser, b"x" * 7_000_000).status_code == 413


def test_without_a_token_nothing_happens(make, core, anna, browser):
    for token in ("", "0" * 32):
        assert send(browser, encoded("PNG"), token=token).status_code == 403
    assert send(browser, encoded("PNG"), token="", **{"X-CSRF-Token": "0" * 32}).status_code == 403
    assert send(browser, encoded("PNG"), Origin="https://evil.example").status_code == 403
    other = make.browser(make.member("ben"))
    other.get("/settings/profile")
    assert send(browser, encoded("PNG"), token=other.token).status_code == 403
    assert files(core) == [] and make.get(Member, anna.id).avatar is None
    good = send(browser, encoded("PNG"), token="", **{"X-CSRF-Token": browser.token})
    assert good.status_code == 303, "htmx sends the token in a header"


def test_a_form_of_another_kind_is_refused(browser):
    assert browser.post("/settings/avatar", {"avatar": "text"}).status_code == 415


def test_a_text_in_place_of_a_file(browser):
    answer = browser.request(
        "POST", "/settings/avatar", files={"_csrf": (None, browser.token), "avatar": (None, "words")}
    )
    assert answer.status_code == 422 and "Choose a picture first." in answer.text


def test_guests_send_nothing(make, core, client):
    client.get("/login")
    assert send(client, encoded("PNG")).status_code == 401
    assert files(core) == []


def test_a_new_picture_and_none_leave_no_file_behind(make, core, anna, browser):
    send(browser, encoded("PNG", colour="#00ff00"))
    (first,) = files(core)
    send(browser, encoded("PNG", colour="#0000ff"))
    (second,) = files(core)
    assert first != second
    answer = browser.post("/settings/avatar/remove", follow=True)
    assert "initials" in answer.text and files(core) == [] and make.get(Member, anna.id).avatar is None


def test_two_members_with_the_same_picture_do_not_share_a_file(make, core, browser):
    other = make.browser(make.member("ben"))
    other.get("/settings/profile")
    send(browser, encoded("PNG"))
    send(other, encoded("PNG"))
    assert len(files(core)) == 2
    browser.post("/settings/avatar/remove")
    assert len(files(core)) == 1


@pytest.mark.parametrize(
    "name", ["../../forum.db", "..%2f..%2fsecret.key", "secret.key", "x.webp", "a" * 32 + ".svg", ".webp", "%00"]
)
def test_nothing_else_is_served_from_there(client, name):
    assert client.get(f"/uploads/avatars/{name}").status_code in {400, 404}
