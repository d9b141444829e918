"""The table of `trackfuse bench`: every case with every engine at hand."""

import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from . import case, flights, ours
from .sensors import geometry
from .timing import Taken, taken

SCENARIO = "hwasong12_2022_10_04"
OURS = "trackfuse"
FILTER = "EKF, 8 radars, 600 s, 4,800 measurements"
PUBLIC = "the same as users call it, curvature made up for"
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
        {"case", "engine", "cpu_s", "wall_s", "load", "ratio_to_ours"}: median CPU and wall time of one call, what
        waited for a processor then (mean of a minute, over processors), and how many times our CPU time it is in the
        same case.
    """
    return [*_everyday(), *_filters()]


def _row(what: str, engine: str, one: Taken, own: Taken) -> dict[str, Any]:
    load = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else float("nan")
    return {"case": what, "engine": engine, "cpu_s": one.cpu, "wall_s": one.wall, "load": load,
            "ratio_to_ours": one.cpu / own.cpu}  # fmt: skip


def _everyday() -> list[dict[str, Any]]:
    from trackfuse.catalog.catalog import load_scenario
    from trackfuse.flight import fly
    from trackfuse.simulation.simulate import simulate

    scenario = load_scenario(SCENARIO)
    watched = geometry(scenario)
    # The package is lazy: what is named is what loads.
    new = [sys.executable, "-c", "import trackfuse as tf; tf.simulate"]
    ran = [sys.executable, "-c", f"import trackfuse as tf; tf.simulate({SCENARIO!r})"]
    measured = {
        "a new process that loads tf.simulate": taken(lambda: subprocess.run(new, check=True), repeat=5),
        f"a new process that simulates {SCENARIO} once": taken(lambda: subprocess.run(ran, check=True), repeat=5),
        f"one flight of {fly(scenario.launch).impact_s:.0f} s": taken(flights.one(SCENARIO), repeat=51),
        f"fly {SCENARIO}: fit to the published flight": taken(lambda: fly(scenario.launch), repeat=9),
        "fit to a published orbit and splash (Unha-3)": taken(flights.to_orbit(), repeat=9),
        f"{flights.MANY:,} perturbed flights": taken(flights.perturbed(SCENARIO), repeat=3),
        GEOMETRY: taken(watched, repeat=15),
        f"simulate {SCENARIO}: one run": taken(lambda: simulate(scenario, policy="trilateral", seed=7), repeat=15),
    }
    return [_row(what, OURS, value, value) for what, value in measured.items()]


def _filters() -> list[dict[str, Any]]:
    data = case.build()
    own = taken(lambda: ours.run(data), repeat=15)
    public = taken(lambda: ours.run_public(data), repeat=15)
    rows = [_row(FILTER, OURS, own, own), _row(PUBLIC, OURS, public, public)]
    for engine, (package, module, name, repeat) in OTHERS.items():
        if find_spec(package) is not None:
            other = getattr(import_module(module, __package__), name)
            rows.append(_row(FILTER, engine, taken(lambda run=other: run(data), repeat=repeat), own))
    bank = taken(lambda: ours.run_imm(data), repeat=15)
    many = taken(lambda: ours.run_many(data, RUNS), repeat=3)
    rows += [_row(BANK, OURS, bank, bank), _row(MANY, OURS, many, many)]
    used = taken(lambda: ours.run_bank(data), repeat=15)
    slow = taken(lambda: ours.run_bank(data, "filterpy"), repeat=1)
    return [*rows, _row(USED, OURS, used, used), _row(USED, "filterpy", slow, used)]
