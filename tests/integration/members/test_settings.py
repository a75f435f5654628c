"""Settings: the profile, the look, the language."""

import re

import pytest

from forum.categories.models import Site
from forum.members.models import Member
from forum.members.zones import known


@pytest.fixture
def anna(make):
    return make.member("anna", display_name="Anna", locale="en")


@pytest.fixture
def browser(make, anna):
    browser = make.browser(anna)
    browser.get("/settings/profile")
    return browser


def row(make, actor):
    return make.get(Member, actor.id)


def errors(page):
    return re.findall(r'class="error" id="([a-z_]+)-error"', page)


def test_settings_are_for_members(client):
    for path in ("/settings", "/settings/profile", "/settings/look"):
        assert client.get(path).headers["location"].startswith("/login?next=")
        if path != "/settings":
            assert client.post(path, {}).status_code == 401


def test_the_first_page_is_the_profile(browser):
    assert browser.get("/settings").headers["location"] == "/settings/profile"


def test_a_profile_is_saved_and_shown(make, anna, browser, client):
    form = {
        "display_name": "  Anna\u200b   Bassi ", "about": "I *ride*.\r\nAlways.\n\n", "place": " Lodi,\tItalia ",
        "link": ["anna.example", "", "http://anna.example/2?x=1#y", "https://anna.example"],
    }  # fmt: skip
    answer = browser.post("/settings/profile", form, follow=True)
    assert "Saved." in answer.text and 'value="Anna Bassi"' in answer.text
    member = row(make, anna)
    assert (member.display_name, member.display_key) == ("Anna Bassi", "anna bassi")
    assert (member.about, member.place) == ("I *ride*.\nAlways.", "Lodi, Italia")
    assert member.links == ["https://anna.example", "http://anna.example/2?x=1#y"]
    assert "<em>ride</em>" in client.get("/u/anna").text


def test_everything_wrong_is_said_at_once_and_nothing_is_lost(make, anna, browser):
    form = {
        "display_name": "x" * 61, "about": "w" * 2001, "place": "p" * 81, "link": ["javascript:alert(1)", "ok.example"],
    }  # fmt: skip
    answer = browser.post("/settings/profile", form)
    assert answer.status_code == 422
    assert errors(answer.text) == ["display_name", "about", "place", "link"]
    assert (
        "w" * 2001 in answer.text
        and 'value="javascript:alert(1)"' in answer.text
        and 'value="ok.example"' in answer.text
    )
    assert "<title>Error: " in answer.text
    assert row(make, anna).display_name == "Anna"


def test_other_columns_cannot_be_slipped_in(make, anna, browser):
    browser.post("/settings/profile", {"display_name": "A", "role": "admin", "name": "boss", "avatar": "x", "id": "99"})
    member = row(make, anna)
    assert (member.role, member.name, member.avatar) == ("member", "anna", None)


@pytest.mark.parametrize(
    "name",
    ["Admin", "adm1n", "Αdmin", "The Moderator", "Luca (staff)", "m o d", "Ventarola", "Ventarola Team", "VENTAR0LA",
     "Il Cortile", "Luca ✓", "★ Luca", "🛡 Luca", "Community Manager", "🙂", "\u200b", "\u3164", "https://evil.example",
     "a@b"],
)  # fmt: skip
def test_no_name_imitates_the_house_or_draws_a_seal(make, db, anna, browser, name):
    with db.write() as session:
        session.merge(Site(id=1, name="Il Cortile", brand="Ventarola"))
    answer = browser.post("/settings/profile", {"display_name": name})
    member = row(make, anna)
    if name in {"\u200b", "\u3164"}:  # nothing to see: the handle stands in
        assert member.display_name == "anna"
    else:
        assert answer.status_code == 422 and member.display_name == "Anna", name


@pytest.mark.parametrize(
    "name", ["Modesto Staffelli", "O’Brien-Müller", "村上春樹", "Ανδρέας", "J. R. «Gigi» Rossi", "C++ Luca"]
)
def test_ordinary_names_are_fine(make, anna, browser, name):
    browser.post("/settings/profile", {"display_name": name})
    assert row(make, anna).display_name == name


def test_a_name_that_turns_the_line_or_climbs_is_cut(make, anna, browser):
    browser.post("/settings/profile", {"display_name": "A\u202eb\u2066c" + "e" + "\u0301" * 40})
    assert row(make, anna).display_name == "Abcé\u0301\u0301"


@pytest.mark.parametrize("name", ["Admin", "Luca ✓", "Ritrovo"])
def test_nor_does_the_name_of_a_newcomer(client, name):
    client.get("/signup")
    form = {"name": "luca.r", "display_name": name, "email": "luca@example.org", "password": "lontano-gatto-blu-93"}
    answer = client.post("/signup", form)
    assert answer.status_code == 422 and "display_name" in errors(answer.text)


def test_staff_may_name_their_office(make, db):
    boss = make.member("boss", role="admin")
    browser = make.browser(boss)
    browser.get("/settings/profile")
    browser.post("/settings/profile", {"display_name": "Ritrovo staff"})
    assert row(make, boss).display_name == "Ritrovo staff"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "https://", "https://localhost",
     "https://a b.example", "https://good.example@evil.example", "https://a.example/\u202e", "https://a.example:99999",
     "//", "https://[::1", 'https://a.example/"onmouseover=', "https://a.example/" + "x" * 200, "mailto:a@b.example",
     "http://.", "\\\\a.example"],
)  # fmt: skip
def test_only_web_addresses_are_links(make, anna, browser, link):
    answer = browser.post("/settings/profile", {"display_name": "Anna", "link": [link]})
    assert answer.status_code == 422 and errors(answer.text) == ["link"]
    assert row(make, anna).links == []


def test_five_links_are_too_many(make, anna, browser):
    answer = browser.post("/settings/profile", {"link": [f"{n}.example" for n in range(5)]})
    assert answer.status_code == 422 and answer.text.count('name="link"') == 5


# -- language and look ------------------------------------------------------------------------------------------


def test_the_look_is_saved_and_at_once_in_force(make, anna, browser):
    form = {"locale": "it", "timezone": "Pacific/Auckland", "theme": "dark"}
    answer = browser.post("/settings/look", form, follow=True)
    assert '<html lang="it" data-theme="dark">' in answer.text
    assert "21 nov, 22:00" in answer.text, "the time there"
    member = row(make, anna)
    assert (member.locale, member.timezone, member.theme) == ("it", "Pacific/Auckland", "dark")


def test_the_language_of_the_browser_again(make, anna, browser):
    browser.http.headers["Accept-Language"] = "it"
    assert '<html lang="en"' in browser.get("/settings/look").text
    browser.post("/settings/look", {"locale": "", "timezone": "Europe/Rome", "theme": "auto"})
    assert '<html lang="it"' in browser.get("/settings/look").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Etc/GMT+5"),
        ("timezone", "../../etc/passwd"),
        ("timezone", ""),
        ("locale", "de"),
        ("theme", "neon"),
    ],
)
def test_choices_outside_the_lists_are_refused(make, anna, browser, field, value):
    form = {"locale": "en", "timezone": "Europe/Rome", "theme": "auto", field: value}
    answer = browser.post("/settings/look", form)
    assert answer.status_code == 422 and errors(answer.text) == [field]


def test_a_zone_from_elsewhere_may_stay(make):
    odd = make.member(timezone="Etc/GMT+5")
    browser = make.browser(odd)
    assert 'value="Etc/GMT+5" selected' in browser.get("/settings/look").text
    answer = browser.post("/settings/look", {"locale": "", "timezone": "Etc/GMT+5", "theme": "light"})
    assert answer.status_code == 303 and row(make, odd).theme == "light"


def test_the_zones_are_said_in_the_readers_language(make):
    page = make.browser(make.member(locale="it")).get("/settings/look").text
    assert "Roma (+01:00)" in page and 'value="Europe/Rome" selected' in page
    assert len(known()) > 300 and page.count("<option") >= len(known())


# -- the link in the colophon -----------------------------------------------------------------------------------


def test_a_guest_changes_the_language(client):
    assert '<html lang="en"' in client.get("/members").text
    answer = client.post("/language", {"value": "it", "next": "/members?q=a"}, token="")
    assert (answer.status_code, answer.headers["location"]) == (303, "/members?q=a")
    cookie = answer.headers["set-cookie"]
    assert "forum-locale=it" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert '<html lang="it"' in client.get("/members").text


def test_a_members_choice_stays_with_the_member(make, anna, browser):
    answer = browser.post("/language", {"value": "it", "next": "/settings/look"}, follow=True)
    assert '<html lang="it"' in answer.text and row(make, anna).locale == "it"
    assert '<html lang="it"' in make.browser(anna).get("/settings/look").text, "in another browser too"


def test_another_site_changes_nobodys_language(make, anna, browser, client):
    assert browser.post("/language", {"value": "it"}, token="").status_code == 403
    assert browser.post("/language", {"value": "it"}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert (
        client.post("/language", {"value": "it"}, token="", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    )
    assert row(make, anna).locale == "en"


@pytest.mark.parametrize("value", ["de", "", "it\r\nSet-Cookie: x=1", "../it"])
def test_there_are_two_languages(client, value):
    answer = client.post("/language", {"value": value}, token="")
    assert answer.status_code == 400 and "forum-locale" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_way_back_is_on_this_site(client, target):
    assert client.post("/language", {"value": "it", "next": target}, token="").headers["location"] == "/"
