"""What a sweep costs: `python -m benchmarks.sweep` prints times and peak memory, each measured in a fresh process.

One policy, the 2022-10-04 scenario with all its sensors and centres, the whole way to the notices and to the disk.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from typing import Any

SCENARIO, POLICY = "hwasong12_2022_10_04", "trilateral"
WARM = 4
"""Runs before the clock starts: compilation, caches."""


def once(runs: int, threads: int, workers: int, block: int | None) -> dict[str, Any]:
    """One sweep in this process.

    Parameters
    ----------
    runs : int
    threads : int
    workers : int
        Of a dask cluster on the loopback interface; 0 for threads of this process.
    block : int, optional

    Returns
    -------
    dict
        {"seconds", "peak_mib"}: wall time without imports and compilation; peak memory of this process.
    """
    import trackfuse as tf

    def fly(n: int, client: Any = None) -> float:
        with tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            tf.sweep(SCENARIO, {"rule.decision_s": [45.0]}, [POLICY], runs=n, out=folder, threads=threads,
                     client=client, block=block)  # fmt: skip
            return time.perf_counter() - begin

    if not workers:
        fly(WARM)
        taken = fly(runs)
    else:
        from distributed import Client, LocalCluster

        here: dict[str, Any] = {"host": "127.0.0.1", "dashboard_address": None}
        with LocalCluster(n_workers=workers, threads_per_worker=1, **here) as cluster, Client(cluster) as client:
            fly(8 * workers * (block or 1), client)
            taken = fly(runs, client)
    return {"seconds": taken, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0}


def measure(runs: int, threads: int = 1, workers: int = 0, block: int | None = None) -> dict[str, Any]:
    """`once` in a process of its own.

    Parameters
    ----------
    runs, threads, workers : int
    block : int, optional

    Returns
    -------
    dict
    """
    asked = json.dumps([runs, threads, workers, block])
    call = [sys.executable, "-m", "benchmarks.sweep", "--once", asked]
    done = subprocess.run(call, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1000, 10000], metavar="N")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(once(*json.loads(options.once))))
        return
    cores = os.cpu_count() or 1
    print(f"{'runs':>8}{'on':>24}{'seconds':>10}{'ms a run':>10}{'peak MiB':>10}")
    cases = [(runs, cores, 0, None) for runs in options.runs] + [(1000, 1, 0, None), (1000, 1, cores, 60)]
    for runs, threads, workers, block in cases:
        found = measure(runs, threads, workers, block)
        on = f"dask, {workers} workers" if workers else f"{threads} threads"
        print(f"{runs:>8}{on:>24}{found['seconds']:>10.2f}{1e3 * found['seconds'] / runs:>10.2f}"
              f"{found['peak_mib']:>10.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
