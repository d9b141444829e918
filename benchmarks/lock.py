"""How much of a run holds Python's lock: `python -m benchmarks.lock` prints what threads can give at most.

Compiled code lets go of the lock, everything else holds it. Two policies, the 2022-10-04 scenario.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

SCENARIO, POLICIES = "hwasong12_2022_10_04", ["bilateral", "trilateral"]
WARM, RUNS = 10, 60


def compiled_share(runs: int = RUNS) -> tuple[float, float]:
    """CPU time of a run in one thread, and the share of it that is in compiled code.

    Parameters
    ----------
    runs : int
        How many are timed.

    Returns
    -------
    (float, float)
        Seconds a run; share, 0 to 1.
    """
    from numba.core.registry import CPUDispatcher

    from trackfuse.studies.compare import runner
    from trackfuse.studies.runs import checked_scenario, distinct_policies

    chosen = checked_scenario(SCENARIO, runs=1, seed=7, default="drawn")
    run_of, _ = runner(chosen, distinct_policies(chosen, POLICIES), 7)
    within = [0.0]

    def timed(kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            begin = time.thread_time()
            try:
                return kernel(*given)
            finally:
                within[0] += time.thread_time() - begin

        return call

    def seconds() -> float:
        for run in range(WARM):
            run_of(run)
        within[0], begin = 0.0, time.thread_time()
        for run in range(WARM, WARM + runs):
            run_of(run)
        return time.thread_time() - begin

    taken = seconds()
    # Only once everything is compiled: a kernel that is compiled cannot call one that is timed.
    loaded = [module for name, module in sys.modules.items() if name.startswith("trackfuse")]
    kernels = [(module, name, value) for module in loaded for name, value in vars(module).items()
               if isinstance(value, CPUDispatcher)]  # fmt: skip
    for module, name, kernel in kernels:
        setattr(module, name, timed(kernel))
    try:
        seconds()
    finally:
        for module, name, kernel in kernels:
            setattr(module, name, kernel)
    return taken / runs, within[0] / taken


def main() -> None:
    """Print it, with the speed-up that any number of threads approaches."""
    seconds, share = compiled_share()
    most = 1.0 / (1.0 - share)
    print(f"{1e3 * seconds:.1f} ms a run, {share:.0%} in compiled code; threads: {most:.1f} times as fast at most")


if __name__ == "__main__":
    main()
