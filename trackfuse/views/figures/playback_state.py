"""A run as it looked at one instant: what each nation knew, what was on its way, and what had been said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trackfuse.views.figures.map import nation_centre, predicted_regions
from trackfuse.views.style.style import NATIONS

if TYPE_CHECKING:
    from trackfuse.simulation.run import Run


def known(run: Run, at_s: float) -> pd.DataFrame:
    """What each nation knows at an instant.

    Parameters
    ----------
    run : Run
    at_s : float
        Seconds after launch: nothing received or computed later is used.

    Returns
    -------
    DataFrame
        One row a nation: nation, knows_since_s and by, track_since_s, sigma_km (claimed position error of its track,
        one sigma), impact_lat_deg and _lon_deg with major_km and minor_km (half axes of the 95 % region). NaN or ""
        for what it does not know yet.
    """
    nodes = run.nodes.sort_values("detection_s", kind="stable")
    regions = predicted_regions(run, at_s)
    rows = []
    for nation in NATIONS:
        mine = nodes[(nodes["nation"] == nation) & (nodes["detection_s"] <= at_s)]
        held = nodes[(nodes["nation"] == nation) & (nodes["confirmation_s"] <= at_s)]
        first = mine.to_dict("records")[0] if len(mine) else None
        region = regions.get(nation)
        rows.append(
            {
                "nation": nation,
                "knows_since_s": np.nan if first is None else first["detection_s"],
                "by": "" if first is None else first["known_by"],
                "track_since_s": held["confirmation_s"].min() if len(held) else np.nan,
                "sigma_km": _sigma_km(run, nation, at_s),
                "impact_lat_deg": region.lat_deg if region else np.nan,
                "impact_lon_deg": region.lon_deg if region else np.nan,
                "major_km": region.major_km if region else np.nan,
                "minor_km": region.minor_km if region else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _sigma_km(run: Run, nation: str, at_s: float) -> float:
    """What the nation's track claims of itself at the last cycle."""
    centre, cycle = nation_centre(run, nation), int(np.searchsorted(run.prepared.cycle_s, at_s, side="right")) - 1
    if centre is None or cycle < 0 or run.fused.status[centre, cycle] != 1:
        return np.nan
    return float(np.sqrt(np.trace(run.fused.covariance[centre, cycle, :3, :3]))) / 1e3


def underway(run: Run, at_s: float) -> pd.DataFrame:
    """What is on its way between centres at an instant.

    Parameters
    ----------
    run : Run
    at_s : float
        Seconds after launch.

    Returns
    -------
    DataFrame
        One row a kind, origin and receiver, the newest message of each: kind ("plot", "track" or "warning"), origin,
        node, about_s (what it tells is of this instant) and received_s. Where a track is under way, the warning made of
        it is left out.
    """
    sent = run.received
    moving = sent[(sent["about_s"] <= at_s) & (sent["received_s"] > at_s)].sort_values("about_s")
    newest = moving.drop_duplicates(["kind", "origin", "node"], keep="last")
    rows = newest.to_dict("records")
    tracks = {(row["origin"], row["node"]) for row in rows if row["kind"] == "track"}
    keep = [row["kind"] != "warning" or (row["origin"], row["node"]) not in tracks for row in rows]
    return newest[np.array(keep, dtype=bool)].sort_values(["origin", "node", "kind"]).reset_index(drop=True)


def said(run: Run, at_s: float) -> pd.DataFrame:
    """What has been said to the public by an instant.

    Parameters
    ----------
    run : Run
    at_s : float
        Seconds after launch.

    Returns
    -------
    DataFrame
        The rows of the run's notices that were given by then, newest first.
    """
    given = run.notices
    return given[given["notice_s"] <= at_s].sort_values("notice_s", ascending=False, kind="stable", ignore_index=True)


def decided(run: Run, at_s: float) -> pd.DataFrame:
    """What has been decided but is not with the public yet.

    Parameters
    ----------
    run : Run
    at_s : float
        Seconds after launch.

    Returns
    -------
    DataFrame
        The rows of the run's notices whose reason is known and which are still being decided on or passed on.
    """
    given = run.notices
    return given[(given["met_s"] <= at_s) & (given["notice_s"] > at_s)].reset_index(drop=True)
