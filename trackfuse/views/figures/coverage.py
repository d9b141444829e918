"""What sensors cover at a height, on the map: one sensor, a nation's, or those whose data reach a nation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from trackfuse.catalog.catalog import as_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.core.language import joined, stopped, translate
from trackfuse.sensing import Radar
from trackfuse.sharing import Policy
from trackfuse.views.figures.basemap import draw_ground, draw_sites
from trackfuse.views.figures.coverage_geometry import (
    AREA,
    Target,
    counted,
    map_height_in,
    outlines,
    radar_of,
    radars_of,
    reach_km,
    reported_radars,
    sensor_area,
)
from trackfuse.views.style.axes import sign, stacked
from trackfuse.views.style.style import INK, LINES, PAGE_IN, Look, cite, looks_in, policy_label, sheet

_SHADES = ("#d6e6f4", "#9ac8e0", "#4a98c9")
"""One radar, two, and three or more."""
_ADDED, _ADDED_EDGE = "#fbe3c4", "#b35c00"
_RADAR = {"ms": 3.7, "mec": "white", "mew": 0.35, "zorder": 3}
"""The sign of a radar."""


def coverage(
    scenario: Scenario | str,
    *,
    sensor: str | None = None,
    nation: str | None = None,
    policy: Policy | str | None = None,
    altitudes_km: tuple[float, ...] = (30.0, 100.0, 300.0),
    rcs_m2: float = 1.0,
    cued: bool = True,
) -> Figure:
    """Maps of where targets at some heights are found in every second look: by one radar, a nation's, or a policy's.

    Parameters
    ----------
    scenario : Scenario or str
        Whose sensors; a scenario, or the name of a shipped one.
    sensor, nation, policy : optional
        Exactly one of: a radar by name; a nation, such as "JPN"; a policy, by name or as a value, for what each nation
        gains from the radars that are reported to it.
    altitudes_km : tuple of float
        One to four heights of the target, km.
    rcs_m2 : float
        Its radar cross-section, m^2.
    cued : bool
        Whether the radars are cued.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If not exactly one of the three is given, or a name or value is not known or out of range.
    ScenarioError
        If there is no such scenario or policy; the nearest is offered.
    """
    if sum(choice is not None for choice in (sensor, nation, policy)) != 1:
        raise SettingsError("coverage: name exactly one of sensor, nation and policy")
    check_between(SettingsError, "number of altitudes_km", len(altitudes_km), 1, 4)
    chosen = as_scenario(scenario)
    targets = [Target(float(height), rcs_m2, cued) for height in altitudes_km]
    caption = _caption(chosen, targets[0], shared=policy is not None)
    if sensor is not None:
        radar = radar_of(chosen, sensor)
        area = sensor_area(radar, targets)
        height = map_height_in(area, 0.62 * PAGE_IN) + 0.9
        return sheet(lambda figure: draw_sensor(figure, radar, targets, area), height, caption=caption)
    across = 0.87 * PAGE_IN / len(targets)
    if nation is not None:
        radars, look = radars_of(chosen, nation), looks_in(chosen)[nation]
        return sheet(lambda figure: draw_nation(figure, radars, look, targets), across + 0.8, caption=caption)
    shared = chosen.policy(policy) if policy is not None else chosen.policies[0]
    return sheet(
        lambda figure: draw_policy(figure, chosen, shared, targets),
        2.85 * across + 0.9,
        caption=joined([stopped(policy_label(shared)), caption]),
    )


def _caption(scenario: Scenario, target: Target, *, shared: bool) -> str:
    looking = translate("cued") if target.cued else translate("searching without a cue")
    reports = translate(
        "'Reported': radars whose track or warning reaches a centre of the nation, coarse and late as it may be."
    )
    return cite(
        translate(
            "Radars of {scenario}, {looking}: detection probability of one look 0.5 or more on a target of {area} m², "
            "above the refracted horizon and within sector and elevation limits."
        ).format(scenario=scenario.name, looking=looking, area=f"{target.rcs_m2:g}"),
        reports if shared else "",
        translate("Satellites see burning engines above cloud on the whole map; left out here."),
        translate(
            "Sensor parameters {assumptions}: ranges and sectors are press values or assumptions where nothing is "
            "published. Ground: Natural Earth (its own de-facto view); coasts are drawn from 110 to 160°E."
        ).format(assumptions=scenario.assumptions),
    )


def draw_sensor(
    figure: Figure, radar: Radar, targets: Sequence[Target], area: tuple[float, float, float, float]
) -> None:
    """Draw one radar's outlines of several targets on one map.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    radar : Radar
    targets : sequence of Target
    area : (float, float, float, float)
        West, east, south, north, degrees.
    """
    axes = figure.add_subplot()
    draw_ground(axes, area)
    signs = []
    for target, (color, line) in zip(targets, LINES, strict=False):
        rings = outlines(radar, target)
        for ring in rings:
            axes.plot(*ring.T, color=color, ls=line, lw=1.1, zorder=2.5)
        far = f"{reach_km(radar, rings):,.0f}" if rings else ""
        seen = translate("out to {range} km").format(range=far) if rings else translate("not seen")
        words = translate("target {height} km high: {seen}").format(height=f"{target.altitude_km:g}", seen=seen)
        signs.append(sign(words, color=color, ls=line))
    draw_sites(axes, [radar], "v", color=INK, ms=5.2, mec="white", zorder=3)
    axes.set_title(translate("Where {sensor} sees, by height of the target").format(sensor=radar.sensor_id))
    axes.legend(handles=signs, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    axes.set_anchor("W")


def draw_nation(figure: Figure, radars: tuple[Radar, ...], look: Look, targets: Sequence[Target]) -> None:
    """Draw how many of a nation's radars see each point, a map for each target.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    radars : tuple of Radar
    look : Look
        Of the nation whose radars they are.
    targets : sequence of Target
    """
    maps, key = stacked(figure, [14.0, 1.0])
    panels = maps.subplots(1, len(targets), squeeze=False, sharey=True)[0]
    for axes, target in zip(panels, targets, strict=True):
        lon, lat, seen = counted(radars, target)
        draw_ground(axes, AREA)
        axes.contourf(lon, lat, seen, levels=[0.5, 1.5, 2.5, 1e3], colors=_SHADES, alpha=0.8, zorder=1.1)
        if seen.any():
            axes.contour(lon, lat, seen, levels=[0.5], colors=[INK], linewidths=0.6, zorder=1.5)
        draw_sites(axes, radars, "v", color=look.color, **_RADAR)
        title = translate("{nation}: target {height} km high")
        axes.set_title(title.format(nation=look.label, height=f"{target.altitude_km:g}"))
    words = translate("one radar"), translate("two radars"), translate("three radars or more")
    signs = [Patch(facecolor=shade, alpha=0.8, label=text) for shade, text in zip(_SHADES, words, strict=True)]
    key.legend(handles=signs, loc="upper left", ncol=3)


def draw_policy(figure: Figure, scenario: Scenario, policy: Policy, targets: Sequence[Target]) -> None:
    """Draw what each nation's radars cover, and what radars add that are reported to it: nations down, targets across.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    scenario : Scenario
    policy : Policy
    targets : sequence of Target
    """
    looks, owners = looks_in(scenario), {sensor.nation for sensor in scenario.sensors}
    nations = [nation for nation in scenario.nations if nation in owners]
    maps, key = stacked(figure, [14.0 * len(nations), 1.0])
    panels = maps.subplots(len(nations), len(targets), squeeze=False, sharex=True, sharey=True)
    for row, nation in zip(panels, nations, strict=True):
        own, reported = radars_of(scenario, nation), reported_radars(scenario, policy, nation)
        for axes, target in zip(row, targets, strict=True):
            _draw_gained(axes, own, reported, target)
            for radar in reported:
                draw_sites(axes, [radar], "v", color=looks[radar.nation].color, **_RADAR)
        words = translate("{nation}\n{own} radars, {all} with those reported").format(
            nation=looks[nation].label, own=len(own), all=len(reported)
        )
        row[0].set_ylabel(words, fontsize=6.3)
    for axes, target in zip(panels[0], targets, strict=True):
        axes.set_title(translate("target {height} km high").format(height=f"{target.altitude_km:g}"))
    signs = [
        Patch(facecolor=_SHADES[1], edgecolor=INK, label=translate("its own radars")),
        Patch(facecolor=_ADDED, edgecolor=_ADDED_EDGE, hatch="//////", lw=0.3,
              label=translate("added by those reported to it")),
        *(
            sign(translate("radar: {nation}").format(nation=look.label), "v", color=look.color, ms=3.7)
            for n, look in looks.items()
            if n in owners
        ),
    ]  # fmt: skip
    key.legend(handles=signs, loc="upper left", ncol=len(signs))


def _draw_gained(axes: Axes, own: tuple[Radar, ...], reported: tuple[Radar, ...], target: Target) -> None:
    draw_ground(axes, AREA)
    lon, lat, mine = counted(own, target)
    every = counted(reported, target)[2]
    state = np.where(mine > 0, 2.0, np.where(every > 0, 1.0, 0.0))
    filled = axes.contourf(
        lon, lat, state, levels=[0.5, 1.5, 2.5],
        colors=[_ADDED, _SHADES[1]], hatches=["//////", ""], alpha=0.85, zorder=1.1,
    )  # fmt: skip
    filled.set(edgecolor=_ADDED_EDGE, linewidth=0.0)
    for seen, color in ((every, _ADDED_EDGE), (mine, INK)):
        if seen.any():
            axes.contour(lon, lat, seen, levels=[0.5], colors=[color], linewidths=0.65, zorder=1.6)
