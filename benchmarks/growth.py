"""How a run grows: `python -m benchmarks.growth` prints time and peak memory by sensors, places and objects.

Each case in a fresh process: the 2022-10-04 launch, one policy, all the way to the notices. More sensors are copies of
the scenario's; more places lie on a grid about its own; more objects are launches two seconds apart, whose detections
do not carry their object. `python -m benchmarks.sweep` does the same by runs and processes.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trackfuse.catalog.scenario import Scenario

SCENARIO, POLICY = "hwasong12_2022_10_04", "trilateral"
SIZES = {"sensors": (8, 17, 34, 68, 135), "places": (10, 100, 1000), "objects": (1, 2, 4, 12, 50)}
REPEAT = 5


def scenario_of(what: str, size: int) -> "Scenario":
    """The scenario with so many sensors, places or objects."""
    import trackfuse as tf

    from .salvo import salvo

    base = tf.load_scenario(SCENARIO)
    if what == "objects":
        return salvo(SCENARIO, "gnn", size) if size > 1 else base
    if what == "sensors":
        many = islice(enumerate(cycle(base.sensors)), size)
        return replace(base, sensors=tuple(replace(each, sensor_id=f"{each.sensor_id} {k}") for k, each in many))
    many = islice(enumerate(cycle(base.places)), size)
    places = [
        replace(each, name=f"{each.name} {k}", lat_deg=each.lat_deg + k % 31 / 50, lon_deg=each.lon_deg + k % 29 / 50)
        for k, each in many
    ]
    return replace(base, places=tuple(places))


def once(what: str, size: int) -> dict[str, Any]:
    """One case in this process.

    Parameters
    ----------
    what : str
        "sensors", "places" or "objects".
    size : int

    Returns
    -------
    dict
        {"cpu_ms", "wall_ms", "peak_mib"}: medians of `REPEAT` runs, without flights, imports and compilation.
    """
    import trackfuse as tf

    scenario, cpu, wall = scenario_of(what, size), [], []
    for seed in range(REPEAT + 1):
        begin, worked = time.perf_counter(), time.process_time()
        tf.simulate(scenario, POLICY, seed=seed)
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - worked)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    return {"cpu_ms": 1e3 * statistics.median(cpu[1:]), "wall_ms": 1e3 * statistics.median(wall[1:]), "peak_mib": peak}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(once(options.once[0], int(options.once[1]))))
        return
    print(f"{os.cpu_count()} cores; medians of {REPEAT} runs")
    print(f"{'':<10}{'size':>6}{'CPU, ms':>10}{'wall, ms':>10}{'peak, MiB':>11}{'load':>7}")
    for what, sizes in SIZES.items():
        for size in sizes:
            call = [sys.executable, "-m", "benchmarks.growth", "--once", what, str(size)]
            found = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE).stdout)
            print(f"{what:<10}{size:>6}{found['cpu_ms']:>10.0f}{found['wall_ms']:>10.0f}{found['peak_mib']:>11.0f}"
                  f"{os.getloadavg()[0]:>7.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
