"""Every page of accounts renders, in both languages, for whoever may see it."""

from tests.factories import Make

GUEST = ["/signup", "/signup/sent", "/login", "/password/forgot", "/password/sent"]
MEMBER = ["/settings/account", "/settings/tokens", "/logout"]
LINKS = ["/verify/", "/password/reset/", "/link/", "/settings/email/", "/setup/"]


def test_guests_see_theirs(make: Make) -> None:
    for language in ("en", "it"):
        for path in GUEST:
            answer = make.browser(language=language).get(path)
            assert answer.status_code == 200, path
            assert f'<html lang="{language}"' in answer.text


def test_members_see_theirs_and_guests_are_led_away(make: Make) -> None:
    member = make.browser(make.member("nadia"))
    for path in MEMBER:
        assert member.get(path).status_code == 200, path
        assert make.browser().get(path).status_code == 303, path


def test_a_link_that_never_was_is_gone_and_says_what_now(make: Make) -> None:
    for path in LINKS:
        answer = make.browser().get(path + "x" * 43)
        assert answer.status_code == 410, path
        assert "no longer works" in answer.text
        assert 'href="/' in answer.text.partition("<main")[2]
        form = make.browser()
        form.get("/login")
        assert form.post(path + "x" * 43, {"password": "whatever it is"}).status_code == 410, path
