"""A run as it looked at one instant: what each nation knew, the messages on their way, the notices given."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pandas as pd

from trackfuse.simulation.run import Run
from trackfuse.views.figures.map import UNKNOWN, predicted_regions, tracks_held

IMPACT = ("impact_lat_deg", "impact_lon_deg", "major_km", "minor_km")
"""Columns of a predicted impact region."""


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
    tracked, regions = tracks_held(run, at_s), predicted_regions(run, at_s)
    rows = []
    for nation in run.scenario.nations:
        mine = nodes[nodes["nation"] == nation]
        knowing = mine[mine["detection_s"] <= at_s].to_dict("records")
        row = {"nation": nation, "knows_since_s": np.nan, "by": ""}
        if knowing:
            row |= {"knows_since_s": knowing[0]["detection_s"], "by": knowing[0]["known_by"]}
        row["track_since_s"] = mine.loc[mine["confirmation_s"] <= at_s, "confirmation_s"].min()
        row["sigma_km"] = _sigma_km(run, *tracked[nation]) if nation in tracked else np.nan
        region = astuple(regions.get(nation, UNKNOWN))
        rows.append(row | dict(zip(IMPACT, region[: len(IMPACT)], strict=True)))
    return pd.DataFrame(rows)


def _sigma_km(run: Run, centre: int, cycle: int) -> float:
    """The position error that a track claims, one sigma."""
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
        node, about_s (the instant that it is about) and received_s. Where a track is under way, the warning made of
        it is left out.
    """
    sent = run.received
    moving = sent[(sent["about_s"] <= at_s) & (sent["received_s"] > at_s)].sort_values("about_s")
    newest = moving.drop_duplicates(["kind", "origin", "node"], keep="last")
    with_track = newest["kind"].eq("track").groupby([newest["origin"], newest["node"]]).transform("any")
    kept = newest[(newest["kind"] != "warning") | ~with_track.astype(bool)]
    return kept.sort_values(["origin", "node", "kind"], ignore_index=True)


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
