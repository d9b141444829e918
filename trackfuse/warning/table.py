"""Notices as a table for people, each with its outcome."""

from typing import Any

import numpy as np
import pandas as pd

from trackfuse.core.language import message
from trackfuse.earth import Place
from trackfuse.sharing import Node
from trackfuse.warning.notice import AGAIN, CANCEL, Changes, Notices

COLUMNS = ("node", "nation", "kind", "place", "met_s", "notice_s", "arrival_s", "warning_time_s", "outcome",
           "impact_lat_deg", "impact_lon_deg", "impact_s", "major_km", "minor_km")  # fmt: skip


def notices_table(given: Notices, nodes: tuple[Node, ...], places: tuple[Place, ...]) -> pd.DataFrame:
    """Notices as a table, in order of time.

    Parameters
    ----------
    given : Notices
        Arrays of shape (N,), (N, P) and (P,).
    nodes : tuple of Node
    places : tuple of Place

    Returns
    -------
    DataFrame
        `kind` is "launch" (one row a centre, measured against the impact), "place" (a centre's first notice to one of
        its nation's places, given or missed), "region" (the impact region announced to ships and aircraft first, with
        its centre, instant and half-axes of one sigma), "update" (a region that has moved, or a place informed again),
        "cancel" (a place informed that it is no longer concerned) or "clear" (the public, or ships and aircraft,
        informed that it is over; `arrival_s` is when it truly was). `outcome` is "in time", "late", "false" (the place
        was not concerned, the region not hit, or it was not over), "cancelled" (false, and taken back for good), or
        "missed" (concerned, and not informed, or informed otherwise when the missile came).
    """
    rows = [
        _row(centre, "launch", "", given.launch_met_s[i], given.launch_notice_s[i], given.impact_s)
        for i, centre in enumerate(nodes)
    ]
    rows += _places(given, nodes, places) + _changes(given, nodes, places)
    rows += _regions(given, nodes) + _clear(given, nodes)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["notice_s", "arrival_s", "node", "place"], ignore_index=True, kind="stable")


def regions_table(given: Notices, nodes: tuple[Node, ...], discs: tuple[Place, ...]) -> pd.DataFrame:
    """Notices to regions, each made of discs: a region is warned with the first of them, and concerned by any.

    Parameters
    ----------
    given : Notices
        To the discs.
    nodes : tuple of Node
    discs : tuple of Place
        `region` names the region of each.

    Returns
    -------
    DataFrame
        One row a centre and region of its nation that is concerned or warned: `region`, `met_s`, `notice_s`,
        `arrival_s` (the first disc reached), `warning_time_s` and `outcome` as in `notices_table`.
    """
    rows = []
    names = dict.fromkeys((disc.nation, disc.region) for disc in discs)
    for i, centre in enumerate(nodes):
        for nation, region in names:
            parts = [p for p, d in enumerate(discs) if (d.nation, d.region) == (nation, region)]
            arrival = np.fmin.reduce(given.arrival_s[parts])
            notice = given.place_notice_s[i, parts]
            if nation != centre.nation or not (np.isfinite(notice).any() or np.isfinite(arrival)):
                continue
            warned = [p for p in parts if np.isfinite(given.place_met_s[i, p])]
            stands = not warned or any(_stands(given.changes, i, p, float(arrival)) for p in warned)
            met = given.place_met_s[i, parts].min()
            rows.append(_row(centre, "region", region, met, notice.min(), float(arrival), stands=stands))
    keep = ["node", "nation", "region", "met_s", "notice_s", "arrival_s", "warning_time_s", "outcome"]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).drop(columns="kind").rename(columns={"place": "region"})[keep]
    return table.sort_values(["notice_s", "arrival_s", "node", "region"], ignore_index=True, kind="stable")


def _places(given: Notices, nodes: tuple[Node, ...], places: tuple[Place, ...]) -> list[dict[str, Any]]:
    home = np.array([[place.nation == centre.nation for place in places] for centre in nodes], dtype=bool)
    concerned = np.isfinite(given.place_notice_s) | np.isfinite(given.arrival_s)
    rows = []
    for i, p in np.argwhere(home.reshape(concerned.shape) & concerned).tolist():
        met, notice = float(given.place_met_s[i, p]), float(given.place_notice_s[i, p])
        arrival = float(given.arrival_s[p])
        stands = _stands(given.changes, i, p, arrival)
        rows.append(_row(nodes[i], "place", places[p].name, met, notice, arrival, stands=stands))
    return rows


def _changes(given: Notices, nodes: tuple[Node, ...], places: tuple[Place, ...]) -> list[dict[str, Any]]:
    changes, rows = given.changes, []
    for c in range(len(changes.node)):
        i, p = int(changes.node[c]), int(changes.place[c])
        arrival = float(given.arrival_s[p])
        kind = "cancel" if changes.kind[c] == CANCEL else "update"
        row = _row(nodes[i], kind, places[p].name, changes.met_s[c], changes.notice_s[c], arrival)
        if kind == "cancel":
            row |= {"outcome": "cancelled", "warning_time_s": np.nan}
        rows.append(row)
    return rows


def _regions(given: Notices, nodes: tuple[Node, ...]) -> list[dict[str, Any]]:
    """Definition: half-axes of one sigma are the roots of the covariance's eigenvalues."""
    reported, rows = given.regions, []
    axes = np.sqrt(np.maximum(np.linalg.eigvalsh(reported.covariance), 0.0)) / 1e3
    for r in range(len(reported.node)):
        kind = "update" if reported.update[r] else "region"
        row = _row(nodes[reported.node[r]], kind, SHIPS, reported.met_s[r], reported.notice_s[r], given.impact_s)
        if not reported.holds[r]:
            row |= {"outcome": "false", "warning_time_s": np.nan}
        rows.append(row | {
            "impact_lat_deg": np.degrees(reported.lat_rad[r]), "impact_lon_deg": np.degrees(reported.lon_rad[r]),
            "impact_s": reported.time_s[r], "major_km": axes[r, 1], "minor_km": axes[r, 0],
        })  # fmt: skip
    if np.isinf(given.impact_s):  # it does not come down: no region was to be reported
        return rows
    silent = set(range(len(nodes))) - set(reported.node.tolist())
    return rows + [_row(nodes[i], "region", SHIPS, np.inf, np.inf, given.impact_s) for i in sorted(silent)]


def _clear(given: Notices, nodes: tuple[Node, ...]) -> list[dict[str, Any]]:
    rows = []
    for i, k in np.argwhere(np.isfinite(given.clear_s)).tolist():
        arrivals = given.arrival_s[np.isfinite(given.place_notice_s[i]) & np.isfinite(given.arrival_s)]
        over = float(arrivals.max()) if k == 0 and arrivals.size else given.over_s
        row = _row(nodes[i], "clear", (SHIPS if k else ""), given.over_met_s[i, k], given.clear_s[i, k], over)
        right = "false" if row["notice_s"] < over else "in time"
        rows.append(row | {"warning_time_s": np.nan, "outcome": right})
    return rows


SHIPS = message("ships and aircraft")


def _stands(changes: Changes, node: int, place: int, arrival: float) -> bool:
    """Whether a notice stands when the missile comes, or in the end where none does."""
    mine = (changes.node == node) & (changes.place == place) & ~(changes.notice_s >= arrival)
    kinds = changes.kind[mine]
    return not kinds.size or kinds[-1] == AGAIN


def _row(
    centre: Node, kind: str, place: str, met: float, notice: float, arrival: float, *, stands: bool = True
) -> dict[str, Any]:
    """A row as far as `outcome`; the rest is nan unless it is filled in."""
    gained = arrival - notice if np.isfinite(notice) and np.isfinite(arrival) else np.nan
    if np.isnan(arrival):
        outcome = "false" if stands else "cancelled"
    elif np.isinf(notice) or not stands:
        outcome = "missed"
    else:
        outcome = "in time" if notice < arrival else "late"
    values = centre.node_id, centre.nation, kind, place, met, notice, arrival, gained, outcome
    return dict(zip(COLUMNS, values, strict=False))
