"""What the explorer keeps and works out ahead: sooner there, and the same."""

import asyncio

import pytest

import trackfuse as tf
from trackfuse.views.widgets import explorer as module
from trackfuse.views.widgets.explorer import KEPT, Explorer
from trackfuse.views.widgets.prefetch import PAUSE_S, Prefetch

LAUNCH = "hwasong12_2017_08_29"


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds of all runs that are simulated from now on."""
    seeds: list[int] = []
    simulate = module.simulate_each

    def noted(*given: object, seed: int) -> list[tf.Run]:
        seeds.append(seed)
        return simulate(*given, seed=seed)

    monkeypatch.setattr(module, "simulate_each", noted)
    return seeds


def move(explorer: Explorer, name: str, *values: object) -> None:
    """Move a control in a notebook's event loop, with a pause after each move."""

    async def moved() -> None:
        for value in values:
            getattr(explorer.controls, name).value = value
            await asyncio.sleep(2.0 * PAUSE_S)

    asyncio.run(moved())


def test_a_step_further_is_there_when_it_is_asked_for(simulated: list[int]) -> None:
    explorer, fresh = tf.explore(LAUNCH), tf.explore(LAUNCH)
    simulated.clear()
    move(explorer, "seed", 1)
    assert simulated == [1, 2]
    assert explorer.runs[0].seed == 1
    explorer.controls.seed.value = 2
    assert simulated == [1, 2]
    fresh.controls.seed.value = 2
    assert explorer.image.value == fresh.image.value and explorer.gains.value == fresh.gains.value


def test_a_slider_over_fixed_values_goes_on_as_it_went(simulated: list[int]) -> None:
    explorer = tf.explore(LAUNCH)
    simulated.clear()
    move(explorer, "latency_s", 20, 15)
    assert len(simulated) == 4  # 20 and 30; 15 and 10
    explorer.controls.latency_s.value = 10
    assert len(simulated) == 4 and explorer.runs[0].policy.latency_s == 10


def test_at_the_end_of_a_slider_nothing_is_worked_out(simulated: list[int]) -> None:
    explorer = tf.explore(LAUNCH)
    simulated.clear()
    move(explorer, "seed", 99)
    assert simulated == [99]


def test_going_back_is_not_simulated_again(simulated: list[int]) -> None:
    explorer = tf.explore(LAUNCH)
    pictures = [explorer.image.value]
    for seed in range(1, KEPT):
        explorer.controls.seed.value = seed
        pictures.append(explorer.image.value)
    simulated.clear()
    for seed in reversed(range(KEPT)):
        explorer.controls.seed.value = seed
        assert explorer.image.value == pictures[seed]
    assert not simulated


def test_several_objects_are_not_worked_out_ahead(simulated: list[int]) -> None:
    explorer = tf.explore("kn25_2024_05_30")
    simulated.clear()
    move(explorer, "seed", 1)
    assert simulated == [1]


def test_what_goes_wrong_ahead_waits_for_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer, simulate = tf.explore(LAUNCH), module.simulate_each

    def failing(*given: object, seed: int) -> list[tf.Run]:
        if seed == 2:
            raise tf.TrackfuseError("seed 2 is no good")
        return simulate(*given, seed=seed)

    monkeypatch.setattr(module, "simulate_each", failing)
    move(explorer, "seed", 1)
    assert "Answered in" in explorer.status.value
    explorer.controls.seed.value = 2
    assert "seed 2 is no good" in explorer.status.value


def test_only_the_last_piece_of_work_is_done_and_none_once_somebody_asks() -> None:
    ahead, done = Prefetch(), []

    async def asked() -> None:
        ahead.schedule(lambda: done.append(1))
        ahead.schedule(lambda: done.append(2))
        await asyncio.sleep(2.0 * PAUSE_S)
        ahead.schedule(lambda: done.append(3))
        ahead.cancel()
        await asyncio.sleep(2.0 * PAUSE_S)

    asyncio.run(asked())
    assert done == [2]


def test_without_an_event_loop_nothing_is_done() -> None:
    done: list[int] = []
    Prefetch().schedule(lambda: done.append(1))
    assert not done
