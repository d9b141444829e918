"""A steady link delays all messages of an origin alike: the first report by hand takes as long as its range says."""

from collections.abc import Callable

import numpy as np

from trackfuse.sharing import Link, Policy

MEDIAN_S, SPREAD = float(np.sqrt(120.0 * 600.0)), float(np.log(600.0 / 120.0) / 2.0 / 1.6448536269514722)


def first_delays(make_certain: Callable, *, steady: bool, runs: int = 400) -> np.ndarray:
    """Delay of the first report from A to B over a relay, A reporting every 5 s from 10 s on, shape (runs,)."""
    relay = Link(link_id="A>B", source="A", target="B", payload="warning", latency_s=MEDIAN_S, latency_spread=SPREAD,
                 exchange=True, steady=steady)  # fmt: skip
    policy = Policy(name="test", title="", meaning="", links=(relay,))
    cycles = [5.0 * j for j in range(1, 200)]
    delays = []
    for run in range(runs):
        case = make_certain(names=("A", "B"), home=[0], infrared=[False], t_s=[1.0, 2.0, 3.0], sensor=[0, 0, 0],
                            cycles=cycles, delay_s=0.5, run=run)  # fmt: skip
        delays.append(case.run_under(policy).known_s[1] - 5.0)
    return np.array(delays)


def test_first_report_over_a_steady_relay_takes_120_to_600_s(make_certain: Callable) -> None:
    """90 % of 400 draws lie between the 5 % and 95 % points: 4.5 binomial deviations, false failure below 1e-5."""
    delays = first_delays(make_certain, steady=True)
    inside = np.mean((delays >= 120.0) & (delays <= 600.0))
    assert abs(inside - 0.9) < 4.5 * np.sqrt(0.9 * 0.1 / len(delays))
    assert abs(np.log(delays / MEDIAN_S).mean()) < 4.5 * SPREAD / np.sqrt(len(delays))


def test_first_of_many_independent_reports_comes_much_sooner(make_certain: Callable) -> None:
    """Why the relay is steady: the luckiest of many messages would be much faster than the relay is said to be."""
    assert np.median(first_delays(make_certain, steady=False, runs=100)) < 0.6 * MEDIAN_S
