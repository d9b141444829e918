"""The table of `trackfuse bench`: every case with every engine at hand."""

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from . import case, flights, ours
from .sensors import geometry
from .timing import seconds

SCENARIO = "hwasong12_2022_10_04"
OURS = "trackfuse"
FILTER = "EKF, 8 radars, 600 s, 4,800 measurements"
GEOMETRY = "30 sensors look once a second for 1,300 s"
BANK = "IMM of two EKF, both awake, the same measurements"
USED = "IMM as the tracker runs it, the same measurements"
RUNS = 1000
MANY = f"EKF, {RUNS:,} runs of the same, noise included"
OTHERS = {
    "filterpy": ("filterpy", ".by_filterpy", "run", 5),
    "Stone Soup": ("stonesoup", ".by_stonesoup", "run", 3),
    "Stone Soup, our models": ("stonesoup", ".by_stonesoup", "run_lean", 3),
}
"""Name -> (package that it needs, module here, function there, timed calls)."""


def measure() -> list[dict[str, Any]]:
    """Measure everything: under a minute once compiled.

    Returns
    -------
    list of dict
        {"case", "engine", "seconds", "ratio_to_ours"}: median wall time of one call in this process, and how many times
        ours that is in the same case.
    """
    return [*_everyday(), *_filters()]


def _row(what: str, engine: str, taken: float, own: float) -> dict[str, Any]:
    return {"case": what, "engine": engine, "seconds": taken, "ratio_to_ours": taken / own}


def _everyday() -> list[dict[str, Any]]:
    from trackfuse.catalog.catalog import load_scenario
    from trackfuse.flight import fly
    from trackfuse.simulation.simulate import simulate

    scenario = load_scenario(SCENARIO)
    watched = geometry(scenario)
    new = [sys.executable, "-c", "import trackfuse"]
    bare = [sys.executable, "-c", "pass"]
    start = seconds(lambda: subprocess.run(bare, check=True), repeat=7)
    imported = seconds(lambda: subprocess.run(new, check=True), repeat=7)
    taken = {
        "import trackfuse": max(imported - start, 1e-6),
        f"one flight of {fly(scenario.launch).impact_s:.0f} s": seconds(flights.one(SCENARIO), repeat=51),
        f"fly {SCENARIO}: fit to the published flight": seconds(lambda: fly(scenario.launch), repeat=9),
        "fit to a published orbit and splash (Unha-3)": seconds(flights.to_orbit(), repeat=9),
        f"{flights.MANY:,} perturbed flights": seconds(flights.perturbed(SCENARIO), repeat=3),
        GEOMETRY: seconds(watched, repeat=15),
        f"simulate {SCENARIO}: one run": seconds(lambda: simulate(scenario, policy="trilateral", seed=7), repeat=15),
    }
    return [_row(what, OURS, value, value) for what, value in taken.items()]


def _filters() -> list[dict[str, Any]]:
    data = case.build()
    own = seconds(lambda: ours.run(data), repeat=15)
    rows = [_row(FILTER, OURS, own, own)]
    for engine, (package, module, name, repeat) in OTHERS.items():
        if find_spec(package) is not None:
            other = getattr(import_module(module, __package__), name)
            rows.append(_row(FILTER, engine, seconds(lambda run=other: run(data), repeat=repeat), own))
    bank = seconds(lambda: ours.run_imm(data), repeat=15)
    many = seconds(lambda: ours.run_many(data, RUNS), repeat=3)
    rows += [_row(BANK, OURS, bank, bank), _row(MANY, OURS, many, many)]
    used = seconds(lambda: ours.run_bank(data), repeat=15)
    slow = seconds(lambda: ours.run_bank(data, "filterpy"), repeat=1)
    return [*rows, _row(USED, OURS, used, used), _row(USED, "filterpy", slow, used)]
