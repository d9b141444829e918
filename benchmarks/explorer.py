"""How soon the explorer answers: `python -m benchmarks.explorer` prints medians of thirty moves of three sliders.

In this process, without a browser: from the slider's new value to the picture that is sent. The way from the key to the
slider's value and from the picture to its pixels is JupyterLab's; `make test-browser` prints the whole of it.
"""

import os
import statistics
import time
from collections.abc import Sequence
from typing import Any

MOVES = 30
SLIDERS = {"seed": "another run of both policies", "latency_s": "another run of one policy", "at_s": "another picture"}
"""Control of the explorer -> what a move of it asks for."""


def measure() -> list[dict[str, Any]]:
    """Move each slider thirty times.

    Returns
    -------
    list of dict
        {"slider", "picture_ms", "processor_ms", "all_ms"}: medians, of the wall time to the picture, of the processor's
        time to the end, and of the wall time until the table of gains is there too.
    """
    import trackfuse as tf

    explorer = tf.explore()
    controls, arrived = explorer.controls, []
    explorer.image.observe(lambda _: arrived.append(time.perf_counter()), "value")
    delays = [value for _, value in controls.latency_s.options[1:]]
    moves: dict[str, Sequence[Any]] = {
        "seed": range(1, MOVES + 1),
        "latency_s": (delays * MOVES)[:MOVES],
        "at_s": range(200, 200 + MOVES),
    }
    return [{"slider": name, **_medians(getattr(controls, name), moves[name], arrived)} for name in SLIDERS]


def _medians(slider: Any, moves: Sequence[Any], arrived: list[float]) -> dict[str, float]:
    taken: dict[str, list[float]] = {"picture_ms": [], "processor_ms": [], "all_ms": []}
    for value in moves:
        begin, used = time.perf_counter(), time.process_time()
        slider.value = value
        taken["all_ms"].append(time.perf_counter() - begin)
        taken["processor_ms"].append(time.process_time() - used)
        taken["picture_ms"].append(arrived[-1] - begin)
    return {name: 1e3 * statistics.median(each) for name, each in taken.items()}


def main() -> None:
    """Print the table."""
    print(f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} processes waiting for them; medians of {MOVES} moves, ms")
    print(f"{'':<36}{'picture':>10}{'and table':>12}{'processor':>12}")
    for row in measure():
        words = f"{row['slider']}: {SLIDERS[row['slider']]}"
        print(f"{words:<36}{row['picture_ms']:>10.0f}{row['all_ms']:>12.0f}{row['processor_ms']:>12.0f}")


if __name__ == "__main__":
    main()
