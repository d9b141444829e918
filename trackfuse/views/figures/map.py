"""What each nation holds, on the map: its track with error ellipses, and where it says the missile comes down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import Affine2D, ScaledTranslation

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import translate
from trackfuse.simulation.run import Run
from trackfuse.views.figures.basemap import draw_rings, nation_radars, southward
from trackfuse.views.style.axes import note, sheet_of, sign, stroke
from trackfuse.views.style.ellipse import SIGMAS_95, geodetic, ground_axes, outline, plane_axes
from trackfuse.views.style.fonts import columns
from trackfuse.views.style.style import BURNING, INK, MUTED, looks_in
from trackfuse.warning import HIT
from trackfuse.warning.predict import BOOSTING

ENLARGED = 20.0
"""Track ellipses are drawn this many times larger; at the scale of the map they would be smaller than the line."""
DASHES = (0, (3, 2))
"""Of the policy compared against."""
LARGEST_KM = 150.0
"""Half axis of an enlarged ellipse beyond which it is not drawn."""
_LETTER, _LINE = 3.6, 7.1
"""Width of a bold letter and height of a line of 5.3 points, points."""
LONG_S = 600.0
"""Warning time of the darkest spot, s."""
_WIDEST_KM = 1e4
"""Half axis of a region beyond which a place of impact is not known at all: a track that all but reaches orbit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where a track says that the missile comes down, with a probability of 95 %.

    Parameters
    ----------
    lat_deg, lon_deg : float
        Most likely point; longitude 0 to 360.
    major_km, minor_km : float
        Half axes of the ellipse.
    orientation_deg : float
        Of the major axis, clockwise from north.
    """

    lat_deg: float
    lon_deg: float
    major_km: float
    minor_km: float
    orientation_deg: float


UNKNOWN = Region(lat_deg=np.nan, lon_deg=np.nan, major_km=np.nan, minor_km=np.nan, orientation_deg=np.nan)
"""Of a nation that predicts no impact."""
Regions = dict[str, Region]
"""By nation; one that has no track that comes down is not there."""


def nation_centre(run: Run, nation: str) -> int | None:
    """The centre that stands for a nation in a figure: the one with the earliest track of its own.

    Parameters
    ----------
    run : Run
    nation : str

    Returns
    -------
    int or None
        Index of the node; None if no centre of the nation ever has a track.
    """
    status = run.fused.status == 1
    mine = [i for i, node in enumerate(run.scenario.nodes) if node.nation == nation and status[i].any()]
    return min(mine, key=lambda i: int(np.argmax(status[i])), default=None)


def tracks_held(run: Run, at_s: float) -> dict[str, tuple[int, int]]:
    """The track that each nation holds at an instant.

    Parameters
    ----------
    run : Run
    at_s : float
        Seconds after launch.

    Returns
    -------
    dict of str to (int, int)
        Index of the nation's centre and of the last cycle by then; a nation without a track then is not there.
    """
    cycle = int(np.searchsorted(run.prepared.cycle_s, at_s, side="right")) - 1
    centres = {nation: nation_centre(run, nation) for nation in run.scenario.nations}
    return {
        nation: (centre, cycle)
        for nation, centre in centres.items()
        if centre is not None and cycle >= 0 and run.fused.status[centre, cycle] == 1
    }


def draw_tracks(axes: Axes, run: Run, at_s: float) -> list[Artist]:
    """What each nation's centre holds: its track up to an instant, with error ellipses.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Run
    at_s : float
        Seconds after launch: nothing computed later is drawn.

    Returns
    -------
    list of Artist
        What was added, so that a live figure can take it away again.
    """
    drawn: list[Artist] = []
    looks = looks_in(run.scenario)
    for nation in run.scenario.nations:
        centre = nation_centre(run, nation)
        if centre is not None:
            drawn += _draw_track(axes, run, centre, at_s, looks[nation].color)
    return drawn


def draw_regions(axes: Axes, scenario: Scenario, regions: Regions, *, filled: bool = True) -> list[Artist]:
    """Where each nation says that the missile comes down.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    scenario : Scenario
    regions : dict of str to Region
        By nation.
    filled : bool
        Filled, or as dashed outlines (the policy compared against).

    Returns
    -------
    list of Artist
        What was added, so that a live figure can take it away again.
    """
    looks = looks_in(scenario)
    return [_draw_region(axes, region, looks[nation].color, filled) for nation, region in regions.items()]


def predicted_regions(run: Run, at_s: float) -> Regions:
    """Where each nation's track says that the missile comes down.

    Parameters
    ----------
    run : Run
    at_s : float
        Seconds after launch.

    Returns
    -------
    dict of str to Region
        By nation; only those that have a track by then which comes down, and whose engine has most likely burnt out:
        where it will come down is open until then, and while the region would be wider than a quarter of the Earth.
    """
    return regions_at_each(run, [at_s])[0]


def regions_at_each(run: Run, instants_s: Sequence[float]) -> list[Regions]:
    """Where each nation's track says that the missile comes down, at several instants: all are predicted at once.

    Parameters
    ----------
    run : Run
    instants_s : sequence of float
        Seconds after launch.

    Returns
    -------
    list of dict of str to Region
        Of each instant, as `predicted_regions` gives it.
    """
    tracked = [tracks_held(run, at_s) for at_s in instants_s]
    rows = np.array([row for held in tracked for row in held.values()], dtype=np.int64).reshape(-1, 2)
    made = run.predict(rows)
    hit = (made.status == HIT) & ~(run.fused.boosting[rows[:, 0], rows[:, 1]] > BOOSTING)
    major, minor, turn = plane_axes(np.where(hit[:, None, None], made.covariance[:, :2, :2], 0.0))
    hit &= SIGMAS_95 * major <= _WIDEST_KM
    found: list[Regions] = []
    row = iter(range(len(rows)))
    for held in tracked:
        numbers = {nation: next(row) for nation in held}
        found.append({
            nation: Region(
                lat_deg=float(np.degrees(made.lat_rad[k])),
                lon_deg=float(np.degrees(made.lon_rad[k])) % 360.0,
                major_km=float(SIGMAS_95 * major[k]),
                minor_km=float(SIGMAS_95 * minor[k]),
                orientation_deg=float(turn[k]),
            )
            for nation, k in numbers.items()
            if hit[k]
        })
    return found


def _draw_track(axes: Axes, run: Run, centre: int, at_s: float, color: str) -> list[Artist]:
    cycles = np.flatnonzero((run.fused.status[centre] == 1) & (run.prepared.cycle_s <= at_s))
    if cycles.size == 0:
        return []
    lat, lon = geodetic(run.fused.mean[centre, cycles, :3])
    drawn: list[Artist] = stroke(axes, lon, lat, color=color, lw=0.8, alpha=0.9, zorder=3.5)
    few = np.unique(np.linspace(0, cycles.size - 1, min(cycles.size, 8)).round().astype(int))
    major, minor, turn = ground_axes(run.fused, centre, cycles[few])
    scale = ENLARGED * SIGMAS_95
    sane = major * scale <= LARGEST_KM
    shape = outline(lat[few][sane], lon[few][sane], scale * major[sane], scale * minor[sane], turn[sane])
    return [*drawn, draw_rings(axes, shape, facecolors="none", edgecolors=color, linewidths=0.6, zorder=3.4)]


def _draw_region(axes: Axes, region: Region, color: str, filled: bool) -> Artist:
    return draw_rings(
        axes,
        outline(*([value] for value in astuple(region))),
        facecolors=[(color, 0.18) if filled else "none"],
        edgecolors=[color],
        linewidths=0.9,
        linestyles="-" if filled else [DASHES],
        zorder=2.9 if filled else 2.8,
    )


def write_impacts(axes: Axes, scenario: Scenario, said: Regions, other: Regions | None = None) -> list[Artist]:
    """In a corner, how large each nation's predicted impact region is: what the eye cannot read off the map.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    scenario : Scenario
    said : dict of str to Region
        By nation.
    other : dict of str to Region, optional
        Under the policy compared against.

    Returns
    -------
    list of Artist
        What was added.
    """
    rows, looks = [(translate("predicted impact, 95 % region"), INK)], looks_in(scenario)
    for nation in scenario.nations:
        look = looks[nation]
        words, before = _size_words(said.get(nation)), _size_words((other or said).get(nation))
        dashed = translate("  (dashed: {before})").format(before=before) if before != words else ""
        rows.append((translate("{nation}: {words}").format(nation=look.label, words=words) + dashed, look.ink))
    low = southward(axes)  # there is sea below, and land above
    points = Affine2D().scale(1.0 / 72.0) + sheet_of(axes).dpi_scale_trans
    # matplotlib's own annotation leaves out transAxes, which its guide to transforms gives here.
    shift = ScaledTranslation(1.0, 0.0 if low else 1.0, axes.transAxes)  # pyright: ignore[reportArgumentType]
    corner = points + shift
    wide, high = _LETTER * max(columns(text) for text, _ in rows) + 6.0, _LINE * len(rows) + 3.0
    top = high + 3.0 if low else -3.0
    white = Rectangle(
        (-wide - 3.0, top - high), wide, high, transform=corner,
        facecolor=(1.0, 1.0, 1.0, 0.85), edgecolor="none", zorder=5.9,
    )  # fmt: skip
    ground = axes.add_artist(white)
    bold = {"ha": "right", "va": "top", "fontsize": 5.3, "weight": "bold", "zorder": 6.0, "xycoords": corner}
    words = [
        note(axes, text, (-6.0, top - 2.2 - _LINE * k), (0.0, 0.0), color=color, **bold)
        for k, (text, color) in enumerate(rows)
    ]
    return [ground, *words]


def write_warned(axes: Axes, run: Run, at_s: float) -> list[Artist]:
    """Places that the missile passes or hits, by the warning time that they had by an instant.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Run
    at_s : float
        Seconds after launch: a notice given later is not shown.

    Returns
    -------
    list of Artist
        A spot on each: hollow before its notice; then the darker the longer, and red if it was too late.
    """
    notice = run.launch_notices[0].notices.place_notice_s.min(axis=0, initial=np.inf)
    spots = []
    for place, arrival, given in zip(run.scenario.places, run.prepared.arrival_s[0], notice, strict=True):
        if np.isfinite(arrival):
            color = _warned_color(float(arrival - given)) if given <= at_s else "none"
            spot = {"ms": 4.4, "mfc": color, "mec": INK, "mew": 0.6, "zorder": 4.5}
            spots += stroke(axes, place.lon_deg % 360.0, place.lat_deg, "o", **spot)
    return spots


def _warned_color(warning_s: float) -> tuple[float, float, float, float]:
    """Colour of a warning time: red if too late, else from light at none to dark at ten minutes."""
    if warning_s < 0.0:
        return to_rgba(BURNING)
    return colormaps["viridis_r"](min(warning_s / LONG_S, 1.0))


def _size_words(region: Region | None) -> str:
    if region is None:
        return translate("no prediction")
    major, minor = (f"{km:.0f}" if km >= 10.0 else f"{km:.1f}" for km in (region.major_km, region.minor_km))
    return translate("± {major} by {minor} km").format(major=major, minor=minor)


def signs(scenario: Scenario, *, against: str | None, coverage: str = "") -> list[Artist]:
    """The signs of the map with their words, for a legend.

    Parameters
    ----------
    scenario : Scenario
    against : str or None
        Label of the policy whose impact ellipses are dashed, if any.
    coverage : str
        Where radar coverage is outlined, if it is.

    Returns
    -------
    list of Artist
    """
    looks, dark = looks_in(scenario), _warned_color(0.5 * LONG_S)
    tracking = [looks[nation] for nation in scenario.nations]
    only_seeing = [looks[n] for n in looks if n not in scenario.nations and nation_radars(scenario, n)]
    explained: list[Artist] = [
        *(
            sign(translate("{nation}: track, radars").format(nation=look.label), "v", color=look.color, ls="-", lw=1.2,
                 ms=3.0)
            for look in tracking
        ),
        *(
            sign(translate("{nation}: radars").format(nation=look.label), "v", color=look.color, ms=3.0)
            for look in only_seeing
        ),
        sign(translate("engine burning"), color=BURNING, lw=1.9),
        sign(translate("true flight, a dot a minute"), ".", color=INK, ls="-", lw=0.65),
        Patch(facecolor=(MUTED, 0.18), edgecolor=MUTED, label=translate("predicted impact, 95 % region")),
        sign(translate("track, 95 % region {times} times enlarged").format(times=f"{ENLARGED:g}"), "o", color=MUTED,
             lw=0.6, mfc="none"),
        sign(translate("place warned: the darker the longer; red: too late"), "o", mfc=dark, mec=INK, mew=0.6, ms=3.7),
    ]  # fmt: skip
    if against:
        explained.append(sign(translate("predicted impact: {policy}").format(policy=against), color=MUTED, ls=DASHES))
    if coverage:
        words = translate("radar coverage {where}").format(where=coverage)
        explained.append(Patch(facecolor=(MUTED, 0.06), edgecolor=(MUTED, 0.5), label=words))
    return explained
