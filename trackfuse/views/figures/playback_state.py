"""A run as it looked at one instant: what each nation knew, the messages on their way, the notices given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
import pandas as pd

from trackfuse.simulation.run import Run
from trackfuse.views.figures.map import UNKNOWN, Regions, regions_at_each, tracks_held

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
    return pd.DataFrame(known_at_each(run, [at_s])[0])


def known_at_each(run: Run, instants_s: Sequence[float]) -> list[list[dict[str, Any]]]:
    """What each nation knows at several instants.

    Parameters
    ----------
    run : Run
    instants_s : sequence of float
        Seconds after launch.

    Returns
    -------
    list of list of dict
        Of each instant the rows of `known`, one a nation.
    """
    nodes = run.nodes.sort_values("detection_s", kind="stable")
    by_nation = {nation: nodes[nodes["nation"] == nation].to_dict("records") for nation in run.scenario.nations}
    held, predicted = [tracks_held(run, at_s) for at_s in instants_s], regions_at_each(run, instants_s)
    return [
        [_known(run, at_s, nation, mine, tracked, regions) for nation, mine in by_nation.items()]
        for at_s, tracked, regions in zip(instants_s, held, predicted, strict=True)
    ]


def changes_s(run: Run) -> list[float]:
    """Instants, s after launch, from which on something else is known, decided or announced: it stays so in between."""
    known = run.nodes[["detection_s", "confirmation_s"]]
    return _in_order(run.prepared.cycle_s, known, notice_changes_s(run))


def notice_changes_s(run: Run) -> list[float]:
    """The instants of these, and 0, at which what is decided or announced changes."""
    return _in_order([0.0], run.notices[["met_s", "notice_s"]])


def _in_order(*times: Any) -> list[float]:
    every = np.unique(np.concatenate([np.asarray(each, dtype=float).ravel() for each in times]))
    return every[np.isfinite(every) & (every >= 0.0)].tolist()


def _known(
    run: Run,
    at_s: float,
    nation: str,
    mine: list[dict[Any, Any]],
    tracked: dict[str, tuple[int, int]],
    regions: Regions,
) -> dict[str, Any]:
    """The row of one nation; `mine` are the rows of its centres, the first to know first."""
    row: dict[str, Any] = {"nation": nation, "knows_since_s": np.nan, "by": ""}
    if mine and mine[0]["detection_s"] <= at_s:
        row |= {"knows_since_s": mine[0]["detection_s"], "by": mine[0]["known_by"]}
    row["track_since_s"] = min((c["confirmation_s"] for c in mine if c["confirmation_s"] <= at_s), default=np.nan)
    row["sigma_km"] = _sigma_km(run, *tracked[nation]) if nation in tracked else np.nan
    region = astuple(regions.get(nation, UNKNOWN))
    return row | dict(zip(IMPACT, region[: len(IMPACT)], strict=True))


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


def said(notices: pd.DataFrame, at_s: float) -> pd.DataFrame:
    """What has been said to the public by an instant.

    Parameters
    ----------
    notices : DataFrame
        Of a run: its `notices`.
    at_s : float
        Seconds after launch.

    Returns
    -------
    DataFrame
        Its rows of notices that were given by then, newest first.
    """
    given = notices[notices["notice_s"] <= at_s]
    return given.sort_values("notice_s", ascending=False, kind="stable", ignore_index=True)


def decided(notices: pd.DataFrame, at_s: float) -> pd.DataFrame:
    """What has been decided but is not with the public yet.

    Parameters
    ----------
    notices : DataFrame
        Of a run: its `notices`.
    at_s : float
        Seconds after launch.

    Returns
    -------
    DataFrame
        Its rows of notices whose reason is known and which are still being decided on or passed on.
    """
    return notices[(notices["met_s"] <= at_s) & (notices["notice_s"] > at_s)].reset_index(drop=True)
