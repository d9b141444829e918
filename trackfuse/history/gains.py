"""The launches behind the alerts under other arrangements: what each place and nation would have gained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.history.backtest import Backtest, backtest
from trackfuse.history.launches import scenario_of, shipped_event
from trackfuse.simulation.figures import COLUMN
from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.progress import progress
from trackfuse.studies.compare import STATUS_QUO, Comparison, compare

if TYPE_CHECKING:
    import pandas as pd

POLICIES = ("national", "bilateral", "trilateral", "ideal")
SHOWN = {"launch": "first_notice_s", "track": "first_track_s"}
"""What is compared for a nation as a whole: its first notice, and its first track."""


def counterfactual(done: Backtest | None = None, *, runs: int = 12, seed: int = 0) -> pd.DataFrame:
    """Every launch behind the shipped alerts under four arrangements, with the sensors of its day.

    Parameters
    ----------
    done : Backtest, optional
        Its launches are taken; by default those behind all shipped alerts.
    runs : int
        Paired runs a launch and policy.
    seed : int

    Returns
    -------
    DataFrame
        One row a launch, nation and what ("launch": first notice of any kind, "track": first track, or a place that the
        flight concerns: notice to it): event_id, on (day), nation, what, median seconds after launch under national,
        bilateral, trilateral and ideal, and the paired gain over bilateral of trilateral (median, p05, p95) and of
        ideal (median), s; positive is sooner. nan where it never happened.

    Raises
    ------
    SettingsError
        If runs or seed are out of range.
    """
    import pandas as pd

    chosen = done if done is not None else backtest(runs=1, seed=seed)
    flown = chosen.table[~chosen.table["status"].str.startswith(("no launch", "not flown"))]
    events = [shipped_event(name) for name in dict.fromkeys(flown["event_id"]) if name]
    rows: list[dict[str, Any]] = []
    with progress(len(events), "other arrangements") as bar:
        for event in events:
            if event.launch is not None:
                scenario = scenario_of(event.launch, event.on)
                label = {"event_id": event.event_id, "on": event.on}
                rows += [label | row for row in _rows(compare(scenario, POLICIES, runs=runs, seed=seed))]
            bar.update()
    return pd.DataFrame(rows)


def _rows(comparison: Comparison) -> list[dict[str, Any]]:
    rows = []
    for i, nation in enumerate(comparison.scenario.nations):
        for what, figure in SHOWN.items():
            times = comparison.nation_figures[:, :, 0, i, COLUMN[figure]]
            rows.append({"nation": nation, "what": what} | _row(times))
    arrival = np.fmin.reduce(prepare(comparison.scenario).arrival_s, axis=0)
    for p, at in enumerate(arrival[np.isfinite(arrival)]):
        name, nation = comparison.places[p]
        rows.append({"nation": nation, "what": name} | _row(at - comparison.warning_time_s[:, :, p]))
    return rows


def _row(times: np.ndarray) -> dict[str, float]:
    """Medians by policy and gains, from seconds of shape (policies, runs); of the runs in which it happened."""
    import pandas as pd

    seconds = pd.DataFrame(times.T, columns=list(POLICIES)).replace([np.inf, -np.inf], np.nan)
    gain = seconds.rsub(seconds[STATUS_QUO], axis="index")
    p05, p95 = gain["trilateral"].quantile([0.05, 0.95])
    return {
        **seconds.median(),
        "gain_trilateral_s": gain["trilateral"].median(),
        "gain_p05_s": p05,
        "gain_p95_s": p95,
        "gain_ideal_s": gain["ideal"].median(),
    }
