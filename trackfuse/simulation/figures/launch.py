"""The launch point that a nation would state: a figure apart, for it takes longer than all others together."""

import numpy as np
import pandas as pd

from trackfuse.core.errors import SettingsError
from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.boost import launch_point
from trackfuse.simulation.figures.held import held_estimates
from trackfuse.simulation.figures.impact import AFTER_BURNOUT_S
from trackfuse.simulation.figures.position import cycles_at
from trackfuse.simulation.outcome import Outcome


def launch_point_error(run: Outcome) -> pd.DataFrame:
    """Error of the launch point that the estimate leads to which each nation holds 30 s after burn-out.

    Parameters
    ----------
    run : Run

    Returns
    -------
    DataFrame
        One row a nation and the first launch: nation, figure ("launch_point_error_km"), unit, value: the distance over
        the ground from the true launch place, infinite of who holds no estimate then, or one that fits no flight.
        Give it to `compare` among `figures`: it costs some 20 ms a nation and policy in every run.

    Examples
    --------
    >>> run = tf.simulate("kn25_2023_02_20", policy="trilateral", seed=7)
    >>> list(tf.launch_point_error(run).columns)
    ['nation', 'figure', 'unit', 'value']
    """
    target, launch = run.prepared.targets[0], run.scenario.launch
    held = held_estimates(run, 0)
    cycle = int(cycles_at(run, np.array([target.lift_off_s + target.flight.burnout_s + AFTER_BURNOUT_S]))[0])
    rows = []
    for c, nation in enumerate(run.scenario.nations):
        tracks, row = (run.local if held.own[c, cycle] else run.fused), int(held.row[c, cycle])
        error_km = np.inf
        if row >= 0:
            known_s = float(run.knowledge[0].known_s[tracks.node[row]])
            try:
                lat, lon, _, _ = launch_point(run, tracks, row, cycle, known_s)
                place = np.array([np.degrees(lat)]), np.array([np.degrees(lon)])
                error_km = float(ground_distance_km(*place, launch.lat_deg, launch.lon_deg)[0])
            except SettingsError:
                pass  # the track fits no flight yet
        rows.append({"nation": nation, "figure": "launch_point_error_km", "unit": "km", "value": error_km})
    return pd.DataFrame(rows)
