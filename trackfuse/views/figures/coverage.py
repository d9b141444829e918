"""What sensors cover at a height, on the map: one sensor, a nation's, or those whose data a nation hears of."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.sensing import Radar
from trackfuse.sharing import Policy
from trackfuse.views.figures.basemap import draw_ground
from trackfuse.views.figures.coverage_geometry import (
    AREA,
    counted,
    heard_of,
    map_height_in,
    outlines,
    radar_of,
    radars_of,
    reach_km,
    sensor_area,
)
from trackfuse.views.style.cite import cite
from trackfuse.views.style.style import INK, MUTED, NATIONS, policy_label, sheet

_HEIGHTS = (("#0072b2", "-"), ("#d55e00", (0, (5, 1.6))), ("#222222", (0, (5, 1.4, 1, 1.4))),
            ("#009e73", (0, (1.4, 1.0))))  # fmt: skip
_SHADES = ("#d6e6f4", "#9ac8e0", "#4a98c9")
"""One radar, two, and three or more."""


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
        gains from the radars that it hears of.
    altitudes_km : tuple of float
        One to four heights of the target, km.
    rcs_m2 : float
        Its radar cross-section, m^2.
    cued : bool
        Whether the radars have been told where to look.

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
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    heights, how = tuple(float(height) for height in altitudes_km), {"rcs_m2": rcs_m2, "cued": cued}
    caption = _caption(chosen, rcs_m2, cued, shared=policy is not None)
    if sensor is not None:
        radar = radar_of(chosen, sensor)
        area = sensor_area(radar, heights, **how)
        return sheet(
            lambda figure: draw_sensor(figure.add_subplot(), radar, heights, area, **how),
            size_in=(8.0, map_height_in(area, 5.0) + 1.2),
            caption=caption,
        )
    across = 10.4 * 0.87 / len(heights)
    if nation is not None:
        radars = radars_of(chosen, nation)
        label = NATIONS[nation].label if nation in NATIONS else nation
        return sheet(
            lambda figure: draw_nation(figure, radars, label, heights, **how),
            size_in=(10.4, across + 1.1),
            caption=caption,
        )
    shared = chosen.policy(policy) if policy is not None else chosen.policies[0]
    return sheet(
        lambda figure: draw_policy(figure, chosen, shared, heights, **how),
        size_in=(10.4, 2.85 * across + 1.2),
        caption=f"{policy_label(shared)}. {caption}",
    )


def _caption(scenario: Scenario, rcs_m2: float, cued: bool, *, shared: bool) -> str:
    told = "told where to look" if cued else "searching, not told where to look"
    heard = "'Hears of': whose track or warning reaches a centre of the nation, coarse and late as it may be. "
    return cite(
        f"Radars of {scenario.name}, {told}: detection probability of one look 0.5 or more on a target of "
        f"{rcs_m2:g} m², above the refracted horizon and within sector and elevation limits.",
        (heard if shared else "") + "Satellites see burning engines above cloud on the whole map; left out here.",
        f"Sensor parameters {scenario.assumptions}: ranges and sectors are press values or assumptions where nothing "
        "is published. Ground: Natural Earth (its own de-facto view); coasts are drawn from 110 to 160°E.",
    )


def draw_sensor(
    axes: Axes,
    radar: Radar,
    altitudes_km: tuple[float, ...],
    area: tuple[float, float, float, float],
    *,
    rcs_m2: float,
    cued: bool,
) -> None:
    """One radar's outlines at several heights on one map.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    radar : Radar
    altitudes_km : tuple of float
    area : (float, float, float, float)
        West, east, south, north, degrees.
    rcs_m2, cued
        As in `sensing.footprint`.
    """
    draw_ground(axes, area)
    signs = []
    for n, height in enumerate(altitudes_km):
        color, line = _HEIGHTS[n % len(_HEIGHTS)]
        rings = outlines(radar, height, rcs_m2, cued)
        for ring in rings:
            axes.plot(*ring.T, color=color, ls=line, lw=1.5, zorder=2.5)
        words = f"target {height:g} km high: " + (f"out to {reach_km(radar, rings):,.0f} km" if rings else "not seen")
        signs.append(Line2D([], [], color=color, ls=line, label=words))
    axes.plot(radar.lon_deg % 360.0, radar.lat_deg, "v", color=INK, ms=7, mec="white", zorder=3)
    axes.set_title(f"Where {radar.sensor_id} sees, by height of the target")
    axes.legend(handles=signs, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    axes.set_anchor("W")


def draw_nation(figure: Figure, radars: tuple[Radar, ...], title: str, altitudes_km: tuple[float, ...], *,
                rcs_m2: float, cued: bool) -> None:  # fmt: skip
    """How many of some radars see each point, a map for each height.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    radars : tuple of Radar
    title : str
        Whose radars they are.
    altitudes_km : tuple of float
    rcs_m2, cued
        As in `sensing.footprint`.
    """
    maps, key = figure.subfigures(2, 1, squeeze=False, height_ratios=[14.0, 1.0])[:, 0]
    panels = maps.subplots(1, len(altitudes_km), squeeze=False, sharey=True)[0]
    for axes, height in zip(panels, altitudes_km, strict=True):
        lon, lat, seen = counted(radars, height, rcs_m2, cued)
        draw_ground(axes, AREA)
        axes.contourf(lon, lat, seen, levels=[0.5, 1.5, 2.5, 1e3], colors=_SHADES, alpha=0.8, zorder=1.1)
        if seen.any():
            axes.contour(lon, lat, seen, levels=[0.5], colors=[INK], linewidths=0.8, zorder=1.5)
        _draw_sites(axes, radars)
        axes.set_title(f"{title}: target {height:g} km high")
    words = ("one radar", "two radars", "three radars or more")
    signs = [Patch(facecolor=shade, alpha=0.8, label=text) for shade, text in zip(_SHADES, words, strict=True)]
    key.legend(handles=signs, loc="upper left", ncol=3)


def draw_policy(figure: Figure, scenario: Scenario, policy: Policy, altitudes_km: tuple[float, ...], *,
                rcs_m2: float, cued: bool) -> None:  # fmt: skip
    """What each nation's radars cover, and what those add that it hears of: nations down, heights across.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    scenario : Scenario
    policy : Policy
    altitudes_km : tuple of float
    rcs_m2, cued
        As in `sensing.footprint`.
    """
    nations = [n for n in NATIONS if any(s.nation == n for s in scenario.sensors)]
    maps, key = figure.subfigures(2, 1, squeeze=False, height_ratios=[14.0 * len(nations), 1.0])[:, 0]
    panels = maps.subplots(len(nations), len(altitudes_km), squeeze=False, sharex=True, sharey=True)
    for row, nation in zip(panels, nations, strict=True):
        own, heard = radars_of(scenario, nation), heard_of(scenario, policy, nation)
        for axes, height in zip(row, altitudes_km, strict=True):
            _draw_gained(axes, own, heard, height, rcs_m2, cued)
            _draw_sites(axes, heard)
        row[0].set_ylabel(f"{NATIONS[nation].label}\n{len(own)} radars, hears of {len(heard)}", fontsize=8.5)
    for axes, height in zip(panels[0], altitudes_km, strict=True):
        axes.set_title(f"target {height:g} km high")
    signs = [
        Patch(facecolor=_SHADES[1], edgecolor=INK, label="its own radars"),
        Patch(facecolor="#fbe3c4", edgecolor="#b35c00", hatch="////", lw=0.4, label="added by those it hears of"),
        *(Line2D([], [], color=NATIONS[n].color, marker="v", ls="", ms=5, label=f"radar: {NATIONS[n].label}")
          for n in nations),
    ]  # fmt: skip
    key.legend(handles=signs, loc="upper left", ncol=5)


def _draw_gained(axes: Axes, own: tuple[Radar, ...], heard: tuple[Radar, ...], height: float, rcs_m2: float,
                 cued: bool) -> None:  # fmt: skip
    draw_ground(axes, AREA)
    lon, lat, mine = counted(own, height, rcs_m2, cued)
    every = counted(heard, height, rcs_m2, cued)[2]
    state = np.where(mine > 0, 2.0, np.where(every > 0, 1.0, 0.0))
    filled = axes.contourf(lon, lat, state, levels=[0.5, 1.5, 2.5], colors=["#fbe3c4", _SHADES[1]],
                           hatches=["////", ""], alpha=0.85, zorder=1.1)  # fmt: skip
    filled.set(edgecolor="#b35c00", linewidth=0.0)
    for seen, color in ((every, "#b35c00"), (mine, INK)):
        if seen.any():
            axes.contour(lon, lat, seen, levels=[0.5], colors=[color], linewidths=0.9, zorder=1.6)


def _draw_sites(axes: Axes, radars: tuple[Radar, ...]) -> None:
    for radar in radars:
        color = NATIONS[radar.nation].color if radar.nation in NATIONS else MUTED
        axes.plot(radar.lon_deg % 360.0, radar.lat_deg, "v", color=color, ms=5, mec="white", mew=0.5, zorder=3)
