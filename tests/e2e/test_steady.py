"""Nothing moves while a page arrives, however slowly it does."""

import pytest

from tests.e2e.conftest import People
from tests.e2e.support.house import House
from tests.e2e.support.person import DESK, PHONE

SLOW = {"offline": False, "latency": 40, "downloadThroughput": 200_000, "uploadThroughput": 60_000}  # ms, bytes/s


@pytest.mark.slow
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_pages_arrive_without_a_jump(people: People, house: House, width: int) -> None:
    member = house.known("renzo.g")
    long = house.longest_thread()
    guest, renzo = people("guest", width=width), people("renzo", width=width).sign_in_as(member)
    for person, paths in (
        (guest, ["/", long, "/signup"]),
        (renzo, ["/", f"{long}?page=2", "/threads/new", "/settings/look", f"/u/{member.name}"]),
    ):
        line = person.context.new_cdp_session(person.page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", SLOW)
        line.send(
            "Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "identity"}}
        )  # so that it takes a while
        for path in paths:
            person.goto(path).check_steady()
