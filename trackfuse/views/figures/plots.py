"""Figures of a run or of a comparison: `tf.plots.timeline(one)`.

Each returns a matplotlib Figure whose caption says what was assumed and where the numbers come from. A notebook shows
it; `save` writes it, the same to the byte for the same figure.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.core.errors import SettingsError, check_between, check_kind
from trackfuse.core.language import joined, message, stopped, translate
from trackfuse.core.plugins import name_of
from trackfuse.simulation.run import Run
from trackfuse.studies.compare import Comparison
from trackfuse.views.figures import accuracy as _accuracy
from trackfuse.views.figures import basemap as _ground
from trackfuse.views.figures import map as _map
from trackfuse.views.figures import spread as _spread
from trackfuse.views.figures import timeline as _timeline
from trackfuse.views.figures.answer import answer
from trackfuse.views.figures.ascent import ascents
from trackfuse.views.figures.backtest import backtest
from trackfuse.views.figures.calibration import calibration
from trackfuse.views.figures.coverage import coverage
from trackfuse.views.figures.cueing import cues
from trackfuse.views.figures.detection import detectability
from trackfuse.views.figures.exercise import exercise
from trackfuse.views.figures.filters import filters
from trackfuse.views.figures.fusion import fusion
from trackfuse.views.figures.launch_reports import launch_reports
from trackfuse.views.figures.missile import first_missile as _first_missile
from trackfuse.views.figures.objects import objects
from trackfuse.views.figures.own_tracks import claims
from trackfuse.views.figures.record import record
from trackfuse.views.figures.sweeps import curves, heatmap, sensitivity, tornado
from trackfuse.views.figures.timeline_rows import lanes_of as _lanes_of
from trackfuse.views.figures.timeline_rows import last_second as _last_second
from trackfuse.views.figures.uncertainty import headline_spread, uncertainty
from trackfuse.views.figures.validation import validation
from trackfuse.views.figures.warnings import tradeoff, warnings
from trackfuse.views.style.axes import legend_below, stacked
from trackfuse.views.style.fonts import bare
from trackfuse.views.style.style import PAGE_IN, policy_label, policy_look, save, sheet
from trackfuse.warning.rule import PROBABILITY

__all__ = [
    "accuracy",
    "answer",
    "ascents",
    "backtest",
    "calibration",
    "claims",
    "coverage",
    "cues",
    "curves",
    "detectability",
    "exercise",
    "filters",
    "fusion",
    "gains",
    "headline_spread",
    "heatmap",
    "launch_reports",
    "map",
    "objects",
    "overview",
    "policies",
    "record",
    "save",
    "sensitivity",
    "timeline",
    "tornado",
    "tradeoff",
    "uncertainty",
    "validation",
    "warnings",
]

MAP_IN, LANE_IN = 2.95, 0.6
"""Height of a map on a sheet, and of a nation's lane, inches."""
ASSUMED = message(
    "Sensor ranges and sectors, delays of links and people are press values or assumptions where nothing is published; "
    "differences between policies are firmer than absolute values."
)
"""What every caption says of the inputs."""


def map(
    run: Run, against: Run | None = None, *, at_s: float | None = None, coverage_km: float | None = 100.0
) -> Figure:
    """Map of one run: true flight, each nation's track with error ellipses, and where it predicts the impact.

    Parameters
    ----------
    run : Run
    against : Run, optional
        The same launch under another policy: its predicted impacts are dashed.
    at_s : float, optional
        Nothing computed later is drawn, seconds after launch; default 20 s after burn-out, when the impact begins to be
        known.
    coverage_km : float, optional
        Height at which radar coverage is outlined, km; None leaves it out.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If these are no runs or of two launches, or `at_s` is not a time.
    """
    run, against = _first_missiles(run, against)
    at = _instant(run, at_s)
    return sheet(
        lambda figure: _draw_map(figure.add_subplot(), run, against, at, coverage_km),
        MAP_IN + 1.1,
        caption=_caption(run, against, translate("Ground and borders: Natural Earth (its own de-facto view).")),
    )


def timeline(run: Run, against: Run | None = None) -> Figure:
    """Timeline of one run: when each nation knew, tracked and gave notice, beside the flight of the missile.

    Parameters
    ----------
    run : Run
    against : Run, optional
        The same launch under another policy, drawn below with hollow signs; the gain is written beside.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If these are no runs, or of two launches.
    """
    run, against = _first_missiles(run, against)
    return sheet(
        lambda figure: _draw_timeline(figure.add_subplot(), run, against),
        0.45 + _timeline_in(run),
        caption=_caption(run, against, _rule(run)),
    )


def accuracy(run: Run, against: Run | None = None) -> Figure:
    """Position error of each nation's track against time, and what the track claims.

    Parameters
    ----------
    run : Run
    against : Run, optional
        The same launch under another policy, dotted.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If these are no runs, or of two launches.
    """
    run, against = _first_missiles(run, against)
    return sheet(
        lambda figure: _draw_accuracy(figure.add_subplot(), run, against),
        3.9,
        caption=_caption(run, against, translate("One run: a nation's centre with the earliest track.")),
    )


def overview(run: Run, against: Run, *, at_s: float | None = None) -> Figure:
    """Map and timeline of one launch under two policies on one sheet.

    Parameters
    ----------
    run, against : Run
        The same launch under the policy and under the one compared against.
    at_s : float, optional
        As in `map`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If these are no runs or of two launches, or `at_s` is not a time.
    """
    run, other = _first_missiles(run, against)
    at = _instant(run, at_s)

    def draw(figure: Figure) -> None:
        upper, lower = stacked(figure, [MAP_IN + 0.65, _timeline_in(run)])
        _draw_map(upper.add_subplot(), run, other, at, None)
        _draw_timeline(lower.add_subplot(), run, other)

    return sheet(draw, MAP_IN + 1.1 + _timeline_in(run), caption=_caption(run, other, _rule(run)))


def policies(comparison: Comparison) -> Figure:
    """Policies side by side: knowledge, track, notice, accuracy by nation, and warning time by place, over all runs.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If it is given anything but what `tf.compare` returns.
    """
    check_kind(SettingsError, "tf.plots.policies", comparison, Comparison, "tf.compare")
    return sheet(
        lambda figure: _spread.draw_policies(figure, comparison),
        _height_in(comparison),
        caption=joined([stopped(comparison.caption()), translate(ASSUMED)]),
    )


def gains(comparison: Comparison) -> Figure:
    """What each policy gains over the baseline, run by run on the same noise, with intervals.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each figure that changes in some run; the caption names the others.

    Raises
    ------
    SettingsError
        If it is given anything but what `tf.compare` returns.
    """
    check_kind(SettingsError, "tf.plots.gains", comparison, Comparison, "tf.compare")
    base = policy_look(comparison.baseline).label
    said = [
        translate("Gain over {policy}; right of zero is better.").format(policy=base),
        stopped(comparison.caption()),
    ]
    if _spread.some_lack(comparison):
        words = translate(
            "Runs in which only one of the two policies has the figure have no finite gain and are left out; at the "
            "right are the shares of the runs in which the policy has it, and in which {policy} has it."
        )
        said.append(words.format(policy=base))
    still = _spread.unmoved(comparison)
    if still:
        names = translate(", ").join(bare(translate(_spread.WORDS[name])) for name in still)
        said.append(translate("No change in any run: {figures}.").format(figures=names))
    return sheet(
        lambda figure: _spread.draw_gains(figure, comparison),
        _height_in(comparison, without=still),
        caption=joined([*said, translate(ASSUMED)]),
    )


def _timeline_in(run: Run) -> float:
    """Height of a timeline without the caption, inches."""
    return 0.7 + LANE_IN * len(run.scenario.nations)


def _height_in(comparison: Comparison, without: tuple[str, ...] = ()) -> float:
    nations_in = 0.7 + 0.65 * len(comparison.scenario.nations)
    if not comparison.places or "warning_time_s" in without:
        return nations_in
    return nations_in + 0.4 * len(_spread.chosen_places(comparison)) + 0.35


def _draw_map(axes: Axes, run: Run, against: Run | None, at_s: float, coverage_km: float | None) -> None:
    _ground.draw_ground(axes, _ground.extent(run.flight, PAGE_IN / MAP_IN))
    if coverage_km is not None:
        _ground.draw_coverage(axes, run.scenario, coverage_km)
    _ground.draw_sensors(axes, run.scenario)
    _ground.draw_flight(axes, run.flight)
    _ground.draw_places(axes, run.scenario, run.prepared.arrival_s[0])
    predicted = _map.predicted_regions(run, at_s)
    other = None if against is None else _map.predicted_regions(against, at_s)
    _map.draw_tracks(axes, run, at_s)
    _map.draw_regions(axes, run.scenario, predicted)
    _map.write_warned(axes, run, at_s)
    _map.draw_regions(axes, run.scenario, other or {}, filled=False)
    _map.write_impacts(axes, run.scenario, predicted, other)
    coverage = "" if coverage_km is None else translate("at {height} km height").format(height=f"{coverage_km:g}")
    signs = _map.signs(run.scenario, against=against and _label(against), coverage=coverage)
    legend_below(axes, signs, points=17.7, columns=3)
    title = translate("What each nation's track says {seconds} s after launch: {policy}")
    axes.set_title(title.format(seconds=f"{at_s:.0f}", policy=_label(run)))


def _draw_timeline(axes: Axes, run: Run, against: Run | None) -> None:
    mine = _lanes_of(run)
    base = None if against is None else _lanes_of(against)
    _timeline.draw_frame(axes, run, _last_second(run.flight, [mine, base or mine]))
    _timeline.write_sources(axes, mine)
    title = translate("Who knew what, and said what, when: {policy}").format(policy=_label(run))
    if base is None or against is None:
        _timeline.draw_lanes(axes, mine)
    else:
        title = translate("{title}, filled; {against}, hollow").format(title=title, against=_label(against))
        _timeline.draw_lanes(axes, mine, rise=0.17)
        _timeline.draw_lanes(axes, base, rise=-0.17, faint=True)
        _timeline.write_gains(axes, mine, base)
    axes.set_title(title)
    legend_below(axes, _timeline.signs(), points=32.5, columns=4)


def _draw_accuracy(axes: Axes, run: Run, against: Run | None) -> None:
    _accuracy.draw_frame(axes, run.flight)
    _accuracy.draw_errors(axes, _accuracy.curves_of(run))
    if against is not None:
        _accuracy.draw_errors(axes, _accuracy.curves_of(against, against=True))
    signs = _accuracy.signs(run.scenario, against=against and _label(against))
    legend_below(axes, signs, points=25.1, columns=2)
    axes.set_title(translate("How well each nation's track knows the position: {policy}").format(policy=_label(run)))


def _label(run: Run) -> str:
    return policy_label(run.policy)


def _caption(run: Run, against: Run | None, more: str) -> str:
    said = [stopped(run.caption())]
    if against is not None:
        said.append(translate("Compared with {policy} on the same noise.").format(policy=_label(against)))
    return joined([*said, more, translate(ASSUMED)])


def _rule(run: Run) -> str:
    rule = run.scenario.rule
    decides = translate("once the missile passes or lands near it with probability {probability}").format(
        probability=f"{rule.probability:g}"
    )
    if rule.decision_rule != PROBABILITY:
        decides = translate("by the decision rule {name}").format(name=name_of("decision", rule.decision_rule))
    return translate(
        "A centre warns a place {decides}; {decide} s to decide and {reach} s to reach the public are assumed medians "
        "of one draw a run."
    ).format(decides=decides, decide=f"{rule.processing_s + rule.decision_s:g}", reach=f"{rule.dissemination_s:g}")


def _instant(run: Run, at_s: float | None) -> float:
    if at_s is None:
        return float(min(np.ceil(run.flight.burnout_s) + 20.0, run.flight.impact_s))
    check_between(SettingsError, "at_s", at_s, 0.0)
    return float(at_s)


def _first_missiles(run: Run, against: Run | None) -> tuple[Run, Run | None]:
    """Both runs as runs of their first missile; they must be of one launch."""
    mine = _first_missile(run, "this figure")
    if against is None:
        return mine, None
    other = _first_missile(against, "against")
    if other.scenario.launch != mine.scenario.launch:
        raise SettingsError(
            f"against: {other.scenario.name!r} is another launch than {mine.scenario.name!r}; "
            "compare policies of one launch"
        )
    return mine, other
