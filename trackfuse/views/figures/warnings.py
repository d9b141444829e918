"""One launch's warnings: who was warned, where, and when; and what the threshold of the rule costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from trackfuse.catalog.catalog import regions
from trackfuse.core.errors import SettingsError, check_between, check_kind
from trackfuse.core.plugins import name_of
from trackfuse.simulation.boost import predict_boost
from trackfuse.simulation.run import Run
from trackfuse.studies.tradeoff import Tradeoff
from trackfuse.views.figures import basemap as ground
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.style.axes import interval, lanes, legend_below, note, sign, stacked
from trackfuse.views.style.ellipse import SIGMAS_95, outline, plane_axes
from trackfuse.views.style.style import (
    BURNING,
    FAINT,
    INK,
    MUTED,
    PAGE_IN,
    Look,
    looks_in,
    place_label,
    policy_label,
    policy_look,
    sheet,
)
from trackfuse.warning import BoostPrediction, Notices
from trackfuse.warning.rule import PROBABILITY

MAP_IN, ROW_IN = 2.9, 0.18
MOST_PLACES = 4
"""Places a nation on the clock: those reached first."""
OVER = {
    "probability": "probability from which a place is warned",
    "burning": "probability up to which the engine may burn",
}
CONCERNED, FALSE, MISSED = "#0072b2", "#d98b00", BURNING


def warnings(run: Run, *, boost_at_s: float | None = None) -> Figure:
    """Map and clock of one launch's warnings.

    Parameters
    ----------
    run : Run
    boost_at_s : float, optional
        When the map's prediction during boost is made, seconds after launch; default 80 % of the boost.

    Returns
    -------
    matplotlib.figure.Figure
        The map shows the prefectures and provinces warned, the impact region first announced to ships and aircraft, and
        where the missile might have come down as its earliest tracker saw it while the engine burned. The clock shows,
        for each nation, from when the rule was met until the notice was out.

    Raises
    ------
    SettingsError
        If it is not a run, or `boost_at_s` is not a time.
    """
    run = first_missile(run, "warnings")
    at = 0.8 * run.flight.burnout_s if boost_at_s is None else boost_at_s
    check_between(SettingsError, "boost_at_s", at, 0.0)
    rows = clock_rows(run)
    clock_in = 1.1 + ROW_IN * len(rows)

    def draw(figure: Figure) -> None:
        upper, lower = stacked(figure, [MAP_IN + 0.6, clock_in])
        _draw_map(upper.add_subplot(), run, at)
        _draw_clock(lower.add_subplot(), run, rows)

    rule = run.scenario.rule
    basis = "learned from real alerts" if rule.learned else "assumed"
    decides = f"from a probability of {rule.probability:g}"
    if rule.decision_rule != PROBABILITY:
        decides = f"by the decision rule {name_of('decision', rule.decision_rule)}"
    words = (
        f"Warned {decides}; delays of people and machines are one draw ({basis}). "
        "Prefectures and provinces as discs, no borders. Ground: Natural Earth (its own de-facto view)."
    )
    return sheet(draw, MAP_IN + 0.65 + clock_in, caption=f"{run.caption()}. {words}")


def tradeoff(made: Tradeoff) -> Figure:
    """Warning time against false notices, along the threshold of the rule.

    Parameters
    ----------
    made : Tradeoff

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If it is given anything but what `tf.tradeoff` returns.
    """
    check_kind(SettingsError, "tf.plots.tradeoff", made, Tradeoff, "tf.tradeoff")
    words = "Every run is tracked once a policy; only the threshold differs. Vertical lines: 5 to 95 % of the runs."
    return sheet(lambda figure: _draw_tradeoff(figure, made), 3.25, caption=f"{made.caption()}. {words}")


# ---- map ------------------------------------------------------------------------------------------------------------


def _draw_map(axes: Axes, run: Run, at_s: float) -> None:
    node, made = _boost_seen(run, at_s)
    ground.draw_ground(axes, ground.extent(run.flight, PAGE_IN / MAP_IN, also=_likely(made, 0.0, 0.5)))
    _draw_prefectures(axes, run.region_notices)
    ground.draw_flight(axes, run.flight)
    ground.draw_places(axes, run.scenario, run.prepared.arrival_s[0])
    _draw_first_region(axes, run.launch_notices[0].notices)
    signs = [
        Patch(fc=(CONCERNED, 0.35), ec="none", label="warned, and concerned"),
        Patch(fc=(FALSE, 0.35), ec="none", label="warned, not concerned"),
        Patch(fc="none", ec=MISSED, lw=0.8, label="concerned, not warned"),
        sign("95 % impact region first announced to ships and aircraft", color=INK, lw=0.9),
    ]
    if made is not None:
        kinds = sorted(made.classes.items(), key=lambda item: -item[1])[:2]
        likely = ", ".join(f"{name} {share:.0%}" for name, share in kinds)
        _draw_boost(axes, made)
        words = f"might come down, {node} at {made.t_s:.0f} s (90 %; darker 50 %): {likely}"
        signs.append(sign(words, ".", color=BURNING, ms=3.7, mew=0.0))
    legend_below(axes, signs, points=17.7, columns=2)
    axes.set_title(f"Who was warned: {policy_label(run.policy)}")


def _draw_prefectures(axes: Axes, table: pd.DataFrame) -> None:
    rows = {(row["nation"], row["region"]): row for row in table.to_dict("records")}
    for disc in regions():
        row = rows.get((disc.nation, disc.region))
        if row is None:
            continue
        warned, concerned = np.isfinite(row["notice_s"]), np.isfinite(row["arrival_s"])
        face = ((CONCERNED if concerned else FALSE), 0.3) if warned else "none"
        ring = outline([disc.lat_deg], [disc.lon_deg], [disc.radius_km], [disc.radius_km], [0.0])
        ground.draw_rings(axes, ring, facecolors=[face], edgecolors=["none" if warned else MISSED], lw=0.8, zorder=1.5)


def _draw_first_region(axes: Axes, given: Notices) -> None:
    announced = given.regions
    first = np.flatnonzero(~announced.update)
    if first.size == 0:
        return
    one = first[[np.argmin(announced.notice_s[first])]]
    major, minor, turn = plane_axes(announced.covariance[one])
    at = np.degrees(announced.lat_rad[one]), np.degrees(announced.lon_rad[one]) % 360.0
    rings = outline(*at, SIGMAS_95 * major, SIGMAS_95 * minor, turn)
    ground.draw_rings(axes, rings, facecolors=[(INK, 0.08)], edgecolors=[INK], lw=0.9, zorder=2.9)


def _boost_seen(run: Run, at_s: float) -> tuple[str, BoostPrediction | None]:
    """Prediction of the centre that has had a track for longest by then."""
    held = (run.fused.status == 1) & (run.prepared.cycle_s <= at_s)
    if not held.any():
        return "", None
    first = np.where(held.any(axis=1), held.argmax(axis=1), held.shape[1])
    node = run.scenario.nodes[int(first.argmin())].node_id
    try:
        return node, predict_boost(run, node, at_s)
    except SettingsError:
        return "", None  # a track that fits no class says nothing yet


def _draw_boost(axes: Axes, made: BoostPrediction) -> None:
    for low, high, alpha in ((0.0, 0.5, 0.9), (0.5, 0.9, 0.3)):
        lat, lon = _likely(made, low, high)
        axes.plot(lon, lat, ".", color=BURNING, ms=2.4, mew=0.0, alpha=alpha, zorder=1.8 - low)


def _likely(made: BoostPrediction | None, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Points in the region of one share and not in that of another, degrees; none without a prediction."""
    if made is None:
        return np.empty(0), np.empty(0)
    kept = (made.shares >= low) & (made.shares < high)
    return np.degrees(made.lat_rad[kept]), np.degrees(made.lon_rad[kept]) % 360.0


# ---- clock ----------------------------------------------------------------------------------------------------------


def clock_rows(run: Run) -> list[dict[str, Any]]:
    """What the clock shows: for each nation the launch, its places reached first, and ships and aircraft.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of dict
        `nation`, `label`, `met_s`, `notice_s` (of the nation's earliest centre), `arrival_s`, `later_s` (instants of
        updates), `cancel_s` and `clear_s` (the all-clear to the public, in the row of the launch, and to ships and
        aircraft); not finite where it never happened.
    """
    table, rows = run.notices, []
    for nation in run.scenario.nations:
        mine = table[table["nation"] == nation]
        places = mine[mine["kind"] == "place"].sort_values(["arrival_s", "notice_s"], na_position="last")
        wanted = [("launch", "", "launch")]
        wanted += [("place", name, place_label(name)) for name in places["place"].drop_duplicates()[:MOST_PLACES]]
        wanted.append(("region", "ships and aircraft", "ships and aircraft"))
        for kind, place, label in wanted:
            found = mine[(mine["kind"] == kind) & (mine["place"] == place)]
            if found.empty:
                continue
            row = found.iloc[int(found["notice_s"].to_numpy().argmin())]
            more = mine[(mine["place"] == place) & (mine["node"] == row["node"])]
            times = {name: more.loc[more["kind"] == name, "notice_s"] for name in ("update", "cancel", "clear")}
            rows.append(
                {"nation": nation, "label": label, "kind": kind, "outcome": row["outcome"]}
                | {name: float(row[name]) for name in ("met_s", "notice_s", "arrival_s")}
                | {"later_s": times["update"].tolist()}
                | {f"{name}_s": times[name].min() for name in ("cancel", "clear")}
            )
    return rows


def _draw_clock(axes: Axes, run: Run, rows: list[dict[str, Any]]) -> None:
    said = [t for row in rows for t in (row["notice_s"], row["cancel_s"], *row["later_s"]) if np.isfinite(t)]
    there = [row["arrival_s"] for row in rows if row["kind"] == "place" and np.isfinite(row["arrival_s"])]
    last = max([run.flight.burnout_s, *said, *there])
    last = max([last, *(row["clear_s"] for row in rows if row["clear_s"] < 2.0 * last)])
    until = 1.04 * (run.flight.impact_s if run.flight.impact_s < 1.8 * last else last + 60.0)
    axes.set(xlim=(0.0, until), xlabel="seconds after launch")
    looks = looks_in(run.scenario)
    for y, row in enumerate(rows):
        _draw_row(axes, y, row, looks[row["nation"]])
    for t, name in ground.milestones(run.flight):
        if t < until:
            axes.axvline(t, color=FAINT, lw=0.65, zorder=0.5)
            at_top = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "baseline"}
            note(axes, name, (t, 1.0), (0.0, 1.5), color=MUTED, **at_top)
    lanes(axes, [f"{looks[row['nation']].label}: {row['label']}" for row in rows])
    axes.set_title("When the rule was met, and when notice was given", pad=10.3)
    legend_below(axes, _clock_signs(), points=25.1, columns=3)


def _draw_row(axes: Axes, y: int, row: dict[str, Any], look: Look) -> None:
    met, notice = row["met_s"], row["notice_s"]
    arrival = row["arrival_s"] if row["kind"] == "place" else np.inf
    until = axes.get_xlim()[1]
    if np.isfinite(notice):
        interval(axes, [met, notice], y, color=look.color, lw=3.7, alpha=0.3, zorder=1.5)
        axes.plot(met, y, "|", color=look.ink, ms=5.9, mew=0.95, zorder=2.5)
        axes.plot(notice, y, look.marker, color=look.color, ms=4.1, mec="white", mew=0.35, zorder=3.0)
    else:
        axes.text(2.0, y, "no notice", fontsize=5.2, color=MUTED, va="center")
    later = [t for t in row["later_s"] if t < until]
    axes.plot(later, [y] * len(later), look.marker, mfc="white", mec=look.color, ms=3.3, zorder=2.8)
    if np.isfinite(row["cancel_s"]):
        axes.plot(row["cancel_s"], y, "x", color=BURNING, ms=4.1, mew=1.05, zorder=3.0)
    if row["clear_s"] < until:
        axes.plot(row["clear_s"], y, "D", mfc="white", mec=look.ink, ms=3.3, zorder=3.0)
    if np.isfinite(arrival):
        axes.plot(arrival, y, "*", color=INK, ms=5.2, zorder=3.0)
        if np.isfinite(notice):
            axes.plot([notice, arrival], [y, y], color=look.color if notice < arrival else BURNING, lw=0.75, zorder=1.4)
            note(axes, f"{arrival - notice:+.0f} s", (max(arrival, notice), y), (4.4, 0.0), color=look.ink)


def _clock_signs() -> list[Artist]:
    return [
        sign("the rule is met", "|", color=MUTED, ms=5.9, mew=0.95),
        sign("people and machines", color=MUTED, lw=3.7, alpha=0.3),
        sign("notice given (each nation has its own sign)", "o", color=MUTED, ms=4.1),
        sign("updated", "o", mfc="white", mec=MUTED, ms=3.3),
        sign("cancelled", "x", color=BURNING, ms=4.1, mew=1.05),
        sign("all clear", "D", mfc="white", mec=MUTED, ms=3.3),
        sign("the missile is there; warning time beside", "*", color=INK, ms=5.2),
    ]


# ---- trade-off ------------------------------------------------------------------------------------------------------


def _draw_tradeoff(figure: Figure, made: Tradeoff) -> None:
    table = made.table
    concerned = bool(np.isfinite(table["warning_time_s"]).any())  # else there is no warning time to draw
    panels = figure.subplots(1, 1 + concerned, squeeze=False, width_ratios=[1.5, 1.0][not concerned :])[0]
    right = panels[-1]
    for k, policy in enumerate(made.policies):
        look = policy_look(policy.name, k)
        mine = table[table["policy"] == policy.name]
        x = mine["threshold"] * (1.0 + 0.03 * (k - 0.5 * (len(made.policies) - 1)))
        drawn = {"color": look.color, "ls": look.line, "marker": look.marker, "ms": 3.3}
        right.plot(mine["threshold"], mine["false_a_run"], label=look.label, **drawn)
        if concerned:
            panels[0].vlines(x, mine["p05_s"], mine["p95_s"], color=look.color, lw=0.75, alpha=0.5)
            panels[0].plot(x, mine["warning_time_s"], **drawn)
    for axes in panels:
        axes.set(xscale="log", xlabel=OVER[made.over])
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
        axes.xaxis.set_minor_formatter("")
    if concerned:
        panels[0].set(
            xlim=right.get_xlim(), ylabel="warning time, mean over places (s)", title="Warning time"
        )
    false = "False notices" if concerned else "False notices: no place is concerned by this launch"
    right.set(ylabel="places warned that are not concerned, a launch", title=false)
    right.set_ylim(bottom=0.0)
    legend_below(panels[0], right.get_legend_handles_labels()[0], points=25.1, columns=2)
