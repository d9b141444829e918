"""Compiles beforehand what the package needs, so that the first use is like any other: nothing above calls a kernel."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import replace

from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.realtime.material import drawn
from trackfuse.realtime.network import Emulated
from trackfuse.realtime.sensors import networks_of, numbers_of
from trackfuse.realtime.setup import setups_of
from trackfuse.realtime.warm import warm_up
from trackfuse.simulation.boost import predict_boost
from trackfuse.simulation.progress import progress
from trackfuse.simulation.simulate import simulate
from trackfuse.studies.compare import compare
from trackfuse.studies.filters import filter_study
from trackfuse.studies.fusion import fusion_study
from trackfuse.studies.processes import workers

ONE, SEVERAL, ORBIT = "kn23_2022_09_25", "hwasong18_2023_04_13", "unha3_2012_12_12"


def _tracked(name: str, **tracker: str) -> None:
    scenario: Scenario = load_scenario(name)
    simulate(replace(scenario, tracker=replace(scenario.tracker, **tracker)), policy="trilateral", seed=0)


def _one_object() -> None:
    compare(ONE, runs=1, seed=0)


def _several_objects() -> None:
    _tracked(SEVERAL)


def _satellite_launch() -> None:
    _tracked(ORBIT)


def _estimated_biases() -> None:
    _tracked(ONE, registration="estimate")


def _probabilistic_association() -> None:
    _tracked(SEVERAL, association="jpda")


def _boost_prediction() -> None:
    run = simulate(ONE, policy="trilateral", seed=0)
    predict_boost(run, "ROK", run.flight.burnout_s)


def _live_centres(name: str) -> None:
    scenario = load_scenario(name)
    policy = scenario.policy("trilateral")
    made = drawn(scenario, policy, seed=0)
    warm_up(setups_of(scenario, made.prepared, made.noise)[0])
    numbers, cycles = numbers_of(made.prepared, made.measurements), len(made.prepared.cycle_s)
    for network in networks_of(scenario, policy, made.prepared, made.noise).values():
        Emulated(network, numbers, cycles).load()


def _live_centre_of_one_object() -> None:
    _live_centres(ONE)


def _live_centre_of_several_objects() -> None:
    _live_centres(SEVERAL)


def _filters() -> None:
    filter_study(ONE, runs=2, seed=0)


def _fusion_rules() -> None:
    fusion_study(ONE, runs=2, seed=0)


PARTS: tuple[Callable[[], None], ...] = (
    _several_objects,
    _one_object,
    _live_centre_of_several_objects,
    _live_centre_of_one_object,
    _satellite_launch,
    _boost_prediction,
    _estimated_biases,
    _filters,
    _fusion_rules,
    _probabilistic_association,
)
"""The longest first, so that processes end together."""


def compile_all(processes: int | None = None) -> None:
    """Compile the kernels of every part of the package that is not on disk yet, and keep them there.

    Parameters
    ----------
    processes : int, optional
        How many compile side by side; default one a core, up to two: the parts share too much for more.

    Raises
    ------
    SettingsError
        If `processes` is no whole number of 1 or more.
    """
    with workers(processes or 2) as submit, progress(len(PARTS), "compile", unit="parts") as bar:
        for each in [submit(_quietly, part) for part in PARTS]:
            each.result()
            bar.update()


def _quietly(part: Callable[[], None]) -> None:
    """Without the progress of what is only done to compile it."""
    with redirect_stderr(io.StringIO()):
        part()
