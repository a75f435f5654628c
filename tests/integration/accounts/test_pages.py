"""Every page of accounts renders, in both languages, for whoever may see it."""

import pytest

from tests.factories import Make

GUEST = ["/signup", "/signup/sent", "/login", "/password/forgot", "/password/sent"]
MEMBER = ["/settings/account", "/settings/tokens", "/logout"]


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("path", GUEST)
def test_guests_see_it(make: Make, path: str, language: str) -> None:
    answer = make.browser(language=language).get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize("path", MEMBER)
def test_members_see_it(make: Make, path: str) -> None:
    member = make.member("nadia")
    assert make.browser(member).get(path).status_code == 200
    assert make.browser().get(path).status_code == 303  # a guest is led to the sign-in page, or home


@pytest.mark.parametrize("path", ["/verify/", "/password/reset/", "/link/", "/settings/email/", "/setup/"])
def test_a_link_that_never_was_is_gone(make: Make, path: str) -> None:
    answer = make.browser().get(path + "x" * 43)
    assert answer.status_code == 410
    assert "no longer works" in answer.text
    assert 'href="/' in answer.text.partition("<main")[2]  # what to do next
