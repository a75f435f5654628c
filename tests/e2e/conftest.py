"""Browser tests: a real site on a real port, a real Chromium, and people who are watched while they use it."""

import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fasteners import InterProcessLock

from tests.e2e.support.house import House, demo
from tests.e2e.support.person import DESK, SHOTS, THOROUGH, Person, Views
from tests.e2e.support.stage import Stage, chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run the test in the browser's thread; then nobody's page may have complained."""
    people: People | None = pyfuncitem.funcargs.get("people")  # type: ignore[assignment]
    if people is None:
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    people.stage.run(lambda: people.perform(pyfuncitem.name, pyfuncitem.obj, wanted))
    return True


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The browser of this test process."""
    executable = chromium()
    if executable is None:
        reason = "no Chromium: set CHROMIUM or install one (chromium, chromium-browser, google-chrome on PATH)"
        if os.environ.get("FORUM_EXPECT_BROWSER") == "1":
            pytest.fail(f"FORUM_EXPECT_BROWSER=1, but {reason}")
        pytest.skip(reason)
    stage = Stage(executable)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo community, made once for all processes of a run; to be copied."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "furnished"
    with InterProcessLock(shared / "furnished.lock"):
        if not folder.exists():
            demo(shared / "furnishing").rename(folder)
    return folder


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, stage: Stage, furnished: Path) -> Iterator[House]:
    """The demo community on SQLite, running, shared by the tests of this process: each makes its own people."""
    house = House(Path(shutil.copytree(furnished, tmp_path_factory.mktemp("house") / "data")))
    yield house
    house.close()


@pytest.fixture(scope="session")
def postgres_house(tmp_path_factory: pytest.TempPathFactory, stage: Stage) -> Iterator[House]:
    """An empty community on PostgreSQL, running."""
    from tests.support.postgres import server

    name = f"house_{uuid.uuid4().hex[:12]}"
    server().create(name)
    house = House(tmp_path_factory.mktemp("postgres-house"), database_url=server().url(name))
    yield house
    house.close()
    server().drop(name)


class People:
    """The persons of one test; `perform` runs the test and judges their pages."""

    def __init__(self, stage: Stage, house: House, *, views: Views) -> None:
        """Nobody yet. `views`: how they look at pages, see Person."""
        self.stage, self.house, self.views = stage, house, views
        self._here: list[Person] = []

    def __call__(
        self,
        name: str = "somebody",
        *,
        scripts: bool = True,
        language: str = "en-GB",
        width: int = DESK,
        house: House | None = None,
    ) -> Person:
        """A person with a fresh browser profile."""
        person = Person(
            self.stage,
            house or self.house,
            name=name,
            scripts=scripts,
            language=language,
            width=width,
            views=self.views,
        )
        self._here.append(person)
        return person

    def perform(self, title: str, test: Callable[..., Any], wanted: dict[str, Any]) -> None:
        """Run `test`; pictures of what was open if it fails."""
        houses: set[House] = {self.house}
        self.house.complaints()
        try:
            test(**wanted)
        except BaseException:
            self._picture(title)
            for problem in self._leave():
                print(problem)  # part of the story, shown with the failure
            for problem in self.house.complaints():
                print(problem)
            raise
        houses |= {person.house for person in self._here}
        problems = [*self._leave(), *(line for house in houses for line in house.complaints())]
        assert not problems, "the pages complained:\n" + "\n".join(problems)

    def _leave(self) -> list[str]:
        problems = [problem for person in self._here for problem in person.close()]
        self._here.clear()
        return problems

    def _picture(self, title: str) -> None:
        SHOTS.joinpath("failed").mkdir(parents=True, exist_ok=True)
        for number, person in enumerate(self._here):
            name = re.sub(r"[^\w.-]+", "_", f"{title}-{number}-{person.name}")
            try:
                person.page.screenshot(path=SHOTS / "failed" / f"{name}.png", timeout=3000)
            except Exception as error:  # the page may be gone; the test's own failure is what counts
                print(f"no picture of {person.name}'s page: {error}")


@pytest.fixture
def people(stage: Stage, house: House, request: pytest.FixtureRequest) -> People:
    """Makes persons: `people("nina")`, `people("ugo", scripts=False, language="it-IT")`."""
    return People(stage, house, views=THOROUGH if request.node.get_closest_marker("slow") else ())
