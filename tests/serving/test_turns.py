"""Long queues of calls let other events in between."""

import asyncio

from inference_exporter.serving.turns import CALLS_A_TURN, Turns


def test_a_few_calls_a_turn():
    """All calls are made in order, and a new event waits only for a few of them."""

    async def run():
        loop, made = asyncio.get_running_loop(), []
        turns = Turns(loop)
        for number in range(3 * CALLS_A_TURN):
            turns.add(lambda number=number: made.append(number))
        loop.call_soon(made.append, "other")
        while len(made) <= 3 * CALLS_A_TURN:
            await asyncio.sleep(0)
        return made

    made = asyncio.run(run())
    assert made.index("other") == CALLS_A_TURN
    assert [each for each in made if each != "other"] == list(range(3 * CALLS_A_TURN))


def test_a_call_may_add_a_call():
    """A call added by a call is made in a later turn."""

    async def run():
        made, done = [], asyncio.Event()
        turns = Turns(asyncio.get_running_loop())
        turns.add(lambda: turns.add(done.set))
        await asyncio.wait_for(done.wait(), 20)
        return made

    asyncio.run(run())
