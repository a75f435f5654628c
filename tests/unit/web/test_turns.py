"""Requests take turns, and whoever waits for something lets the next one go."""

import asyncio

import pytest

from forum.web.turns import PATIENCE, Turns, width


def test_one_after_the_other() -> None:
    async def scene() -> list[str]:
        turns, said = Turns(1), []

        async def work(name: str) -> None:
            async with turns.one():
                said.append(f"{name} begins")
                await asyncio.sleep(0)
                said.append(f"{name} ends")

        await asyncio.gather(work("a"), work("b"), work("c"))
        return said

    assert asyncio.run(scene()) == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


def test_who_waits_for_something_does_not_hold_up_the_others() -> None:
    async def scene() -> list[str]:
        turns, said, lock = Turns(1), [], asyncio.Event()

        async def slow() -> None:
            async with turns.one():
                await lock.wait()
                said.append("slow")

        async def quick() -> None:
            async with turns.one():
                said.append("quick")
                lock.set()

        await asyncio.wait_for(asyncio.gather(slow(), quick()), 5)
        return said

    assert asyncio.run(scene()) == ["quick", "slow"]


def test_a_turn_that_was_given_up_is_not_given_up_again() -> None:
    async def scene() -> int:
        turns, inside, most = Turns(1), 0, 0

        async def slow() -> None:
            async with turns.one():
                await asyncio.sleep(PATIENCE * 3)

        async def quick() -> None:
            nonlocal inside, most
            async with turns.one():
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        await slow()
        await asyncio.gather(*(quick() for _ in range(5)))
        return most

    assert asyncio.run(scene()) == 1


def test_an_error_and_a_cancelled_request_give_their_turn_back() -> None:
    async def scene() -> None:
        turns = Turns(1)
        with pytest.raises(LookupError):
            async with turns.one():
                raise LookupError
        async with turns.one():
            waiting = asyncio.create_task(_enter(turns))
            await asyncio.sleep(0)
            waiting.cancel()
        await asyncio.wait_for(_enter(turns), 5)

    asyncio.run(scene())


def test_it_is_known_whether_somebody_waits() -> None:
    """The worker asks, to let people pass; who gave up waiting counts no more."""

    async def scene() -> list[bool]:
        turns, said = Turns(1), []
        said.append(turns.crowded())
        async with turns.one():
            said.append(turns.crowded())
            waiting = [asyncio.create_task(_enter(turns)) for _ in range(2)]
            await asyncio.sleep(0)
            said.append(turns.crowded())
            waiting[0].cancel()
            await asyncio.sleep(0)
            said.append(turns.crowded())
        await waiting[1]
        said.append(turns.crowded())
        return said

    assert asyncio.run(scene()) == [False, False, True, True, False]


async def _enter(turns: Turns) -> None:
    async with turns.one():
        pass


def test_a_database_over_the_network_is_waited_for_by_several() -> None:
    assert width(8, embedded=True) == 1
    assert 1 < width(8, embedded=False) <= 8
    assert width(2, embedded=False) == 2
