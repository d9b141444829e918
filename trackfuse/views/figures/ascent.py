"""Ascents of all missile classes on one sheet: altitude, speed and stages against time, on the reference flights."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.catalog.catalog import data_dir, launches, missile, missile_names, missile_of
from trackfuse.core.errors import FlightError, ScenarioError, SettingsError, unknown
from trackfuse.core.language import message, translate
from trackfuse.flight import Flight, Launch, MissileClass, fly, kepler, state_at
from trackfuse.views.style.axes import lanes, note_right
from trackfuse.views.style.ellipse import height_km
from trackfuse.views.style.style import FAINT, INK, LINES, MUTED, cite, sheet

GROUPS = (
    (message("Short range"), ("SRBM",)),
    (message("Medium range and from the sea"), ("MRBM", "SLBM")),
    (message("Intermediate range and satellite launchers"), ("IRBM", "SLV")),
    (message("Intercontinental"), ("ICBM",)),
)
"""Rows of the sheet and the kinds of missile in each."""
ASSUMED = message("assumed")
"""Basis of a reference flight that no launch is behind."""
PAD = (39.2, 125.67, 75.0)
"""Where a class without a published flight is flown from, and where to: latitude, longitude, bearing, degrees."""
_BROAD = frozenset({"SRBM", "MRBM", "IRBM", "ICBM", "SLBM", "SLV", "MLRS"})
_STAGES = ("#3b5b7a", "#7f9fbf", "#bcd0e3")
_CLIMB = 1.3
"""How far past the latest burn-out of its row a panel runs, in burn times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ascent:
    """One class on its reference flight.

    Parameters
    ----------
    missile : MissileClass
    flight : Flight
    basis : str
        Where apogee and range come from: the event and who published it, or that they are assumed.
    stages_s : tuple of (float, float)
        Ignition and burn-out of each stage that burned, s after lift-off.
    bounds : tuple of Flight
        The same flight with the shortest and with the longest burn that the class may have; those of them that exist.
    """

    missile: MissileClass
    flight: Flight
    basis: str
    stages_s: tuple[tuple[float, float], ...]
    bounds: tuple[Flight, ...]

    @property
    def burnout(self) -> tuple[float, float]:
        """Height (km) and speed (km/s) at burn-out."""
        state = state_at(self.flight, np.array([self.flight.burnout_s]))[0]
        return float(height_km(state[:3])), float(np.linalg.norm(state[3:])) / 1e3


def _height_km(flight: Flight) -> np.ndarray:
    """Height above the ellipsoid at a flight's instants, ndarray of shape (n,), km."""
    return height_km(flight.position_m)


def _speed_kmps(flight: Flight) -> np.ndarray:
    """Speed over the turning Earth at a flight's instants, ndarray of shape (n,), km/s."""
    return np.linalg.norm(flight.velocity_mps, axis=1) / 1e3


def ascent_flights(names: Sequence[str] | None = None) -> tuple[Ascent, ...]:
    """Each class flown to its reference apogee and range.

    The reference is the newest launch of the best quality in data/launches.csv that names the class and did not fail
    (a satellite launcher: that puts a number to its fall); where there is none, the flight of least energy over the
    class's reported range, into the Sea of Japan.

    Parameters
    ----------
    names : sequence of str, optional
        Names in data/missiles.csv; by default all.

    Returns
    -------
    tuple of Ascent
        In the order asked for.

    Raises
    ------
    ScenarioError
        If there is no class of a name; the nearest is offered.
    FlightError
        If a class cannot fly its reference.
    """
    known = missile_names()
    chosen = known if names is None else tuple(names)
    for name in chosen:
        if name not in known:
            raise ScenarioError(unknown("missile", name, known))
    return tuple(_ascent(data_dir(), name) for name in chosen)


@lru_cache(maxsize=64)
def _ascent(folder: Path, name: str) -> Ascent:
    """The class's ascent; the folder of the data makes another set of data another entry."""
    del folder
    made = missile(name)
    launch, basis = _published(made) or _assumed(made)
    flight = fly(launch)
    bounds = tuple(other for level in ("low", "high") for other in _bound(launch, level))
    return Ascent(missile=made, flight=flight, basis=basis, stages_s=_burns(made, flight.burnout_s), bounds=bounds)


def _bound(launch: Launch, level: str) -> tuple[Flight, ...]:
    try:
        return (fly(replace(launch, missile=missile(launch.missile.name, boost=level))),)
    except FlightError:
        return ()


def _published(made: MissileClass) -> tuple[Launch, str] | None:
    table = launches()
    sited = table[["apogee_km", "range_km", "site_lat", "site_lon"]].notna().all(axis=1)
    flown = (table["outcome"] != "failure") | (made.kind == "SLV")
    rows = table[sited & flown & (table["quality"] != "C")].to_dict("records")
    rows = [row for row in rows if _names(row["name"], made) and "component" not in row["name"]]
    if not rows:
        return None
    best = min(row["quality"] for row in rows)
    newest = max(row["event_id"] for row in rows if row["quality"] == best)
    row = next(row for row in rows if row["event_id"] == newest)
    bearing = row["bearing_deg_est"] if math.isfinite(row["bearing_deg_est"]) else PAD[2]
    site = row["site_lat"], row["site_lon"], bearing
    launch = _launch(row["event_id"], made, site, row["apogee_km"], row["range_km"])
    return launch, f"{row['date_local']} ({row['source_country']})"


def _launch(
    name: str, made: MissileClass, site: tuple[float, float, float], apogee_km: float, range_km: float
) -> Launch:
    """A launch from a site of a latitude, longitude and bearing, degrees."""
    lat, lon, bearing = site
    return Launch(
        launch_id=name,
        missile=made,
        lat_deg=lat,
        lon_deg=lon,
        azimuth_deg=bearing,
        apogee_km=apogee_km,
        range_km=range_km,
    )


def _names(launch_name: str, made: MissileClass) -> bool:
    """Whether a launch names the class itself, not merely its kind."""
    found = missile_of(" ".join(word for word in re.findall(r"[\w-]+", launch_name) if word not in _BROAD))
    return found is not None and found.name == made.name


def _assumed(made: MissileClass) -> tuple[Launch, str]:
    apogee_km = kepler.minimum_energy(made.max_range_km).apogee_km
    return _launch(f"reference {made.name}", made, PAD, apogee_km, made.max_range_km), ASSUMED


def _burns(made: MissileClass, burnout_s: float) -> tuple[tuple[float, float], ...]:
    """Ignition and burn-out of the stages until the cut-off."""
    burns, t = [], 0.0
    for stage in made.stages:
        begin, t = t + stage.pause_s, t + stage.pause_s + stage.burn_s
        if begin < burnout_s - 1e-6:
            burns.append((begin, min(t, burnout_s)))
    return tuple(burns)


def ascents(missiles: Sequence[str] | None = None) -> Figure:
    """Ascents of missile classes: altitude, speed and stages against time, each on its reference flight.

    Parameters
    ----------
    missiles : sequence of str, optional
        Names in data/missiles.csv; by default all.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ScenarioError
        If there is no class of a name; the nearest is offered.
    SettingsError
        If no class is asked for.
    """
    flown = ascent_flights(missiles)
    if not flown:
        raise SettingsError("missiles: none named; name one, or leave it out for all")
    caption = cite(translate(
        "Each class is flown to the newest well attested launch that names it (date and who published it), or, marked "
        "assumed, with least energy over its reported range; a pad and bearing not published are assumed. Dots: end of "
        "burning. Bands: shortest to longest burn that the class may have. Dotted: 100 km. Two bars of Hwasong-12 and "
        "Musudan are full and reduced thrust of one stage. Burn times and thrust are assumed class values: a good "
        "flight time does not confirm them. 'Thrust ×': what the class model lacks for this flight."
    ))  # fmt: skip
    rows = sum(any(a.missile.kind in kinds for a in flown) for _, kinds in GROUPS)
    height_in = 0.8 + 0.7 * rows + 0.2 * len(flown)
    return sheet(lambda figure: draw_ascents(figure, flown), height_in, caption=caption)


def draw_ascents(figure: Figure, flown: Sequence[Ascent]) -> None:
    """A row of panels for each range of missiles: altitude, speed, and the stages with what each flight is.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    flown : sequence of Ascent
    """
    rows = [(title, [a for a in flown if a.missile.kind in kinds]) for title, kinds in GROUPS]
    rows = [(title, mine) for title, mine in rows if mine]
    heights = [len(mine) + 1.5 for _, mine in rows]
    panels = figure.subplots(len(rows), 4, squeeze=False, width_ratios=[1.4, 1.4, 1.15, 2.05], height_ratios=heights)
    for (title, mine), (height, speed, stages, words) in zip(rows, panels, strict=True):
        words.set_axis_off()
        until = _CLIMB * max(a.flight.burnout_s for a in mine)
        _draw_curves(height, speed, mine, until)
        _draw_stages(stages, mine, until)
        height.set_title(translate(title)).set_in_layout(False)
    panels[0, 2].set_title(translate("Stages, burn-out, and the flight flown")).set_in_layout(False)
    for axes in panels[-1, :3]:
        axes.set_xlabel(translate("time after lift-off (s)"))


def _draw_curves(height: Axes, speed: Axes, mine: Sequence[Ascent], until: float) -> None:
    for ascent, (color, line) in zip(mine, cycle(LINES), strict=False):
        flight, climbing = ascent.flight, ascent.flight.t_s <= until
        for axes, values_of, end in zip((height, speed), (_height_km, _speed_kmps), ascent.burnout, strict=True):
            _draw_bounds(axes, [values_of(other) for other in ascent.bounds], until, color)
            axes.plot(flight.t_s[climbing], values_of(flight)[climbing], color=color, ls=line, lw=0.95)
            axes.plot(flight.burnout_s, end, "o", color=color, ms=2.7, mec="white", mew=0.35, zorder=4)
    top = 1.06 * max(float(np.max(_height_km(a.flight)[a.flight.t_s <= until])) for a in mine)
    if top > 100.0:
        height.axhline(100.0, color=MUTED, lw=0.5, ls=(0, (1, 2)), zorder=1)
    height.set(xlim=(0.0, until), ylim=(0.0, top), ylabel=translate("altitude (km)"))
    speed.set(xlim=(0.0, until), ylim=(0.0, None), ylabel=translate("speed (km/s)"))


def _draw_bounds(axes: Axes, values: Sequence[np.ndarray], until: float, color: str) -> None:
    """What lies between the shortest and the longest burn: values every half second, as flights have them."""
    if len(values) == 2:
        count = min(int(2.0 * until) + 1, *(len(one) - 1 for one in values))
        low, high = (one[:count] for one in values)
        axes.fill_between(0.5 * np.arange(count), low, high, color=color, alpha=0.12, lw=0.0, zorder=0.8)


def _draw_stages(axes: Axes, mine: Sequence[Ascent], until: float) -> None:
    for row, (ascent, (color, line)) in enumerate(zip(mine, cycle(LINES), strict=False)):
        flight, (alt, speed) = ascent.flight, ascent.burnout
        axes.barh(row, until - flight.burnout_s, left=flight.burnout_s, height=0.3, color=FAINT)
        for number, (begin, end) in enumerate(ascent.stages_s):
            axes.barh(row, end - begin, left=begin, height=0.62, color=_STAGES[number % 3], zorder=2)
            if end - begin > 0.06 * until:
                shade = "white" if number % 3 == 0 else INK
                middle = 0.5 * (begin + end)
                axes.text(middle, row, f"{number + 1}", color=shade, ha="center", va="center", fontsize=5.0)
        words = translate("burn-out {seconds} s, {height} km, {speed} km/s").format(
            seconds=f"{flight.burnout_s:.0f}", height=f"{alt:.0f}", speed=f"{speed:.1f}"
        )
        if flight.thrust_scale > 1.05:
            words += translate("; thrust × {scale}").format(scale=f"{flight.thrust_scale:.2f}")
        to = translate("{apogee} km high, {range} km far; {basis}").format(
            apogee=f"{flight.apogee_km:.0f}", range=f"{flight.range_km:.0f}", basis=translate(ascent.basis)
        )
        for text, rise, shade in ((words, 3.4, INK), (to, -3.4, MUTED)):
            # Out of the layout: the column beside is empty.
            note_right(axes, text, row, (4.4, rise), fontsize=5.0, color=shade).set_in_layout(False)
        left = axes.get_yaxis_transform()
        axes.plot([-0.15, -0.025], [row, row], color=color, ls=line, lw=1.1, clip_on=False, transform=left)
    axes.set_xlim(0.0, until)
    lanes(axes, [a.missile.name for a in mine], spine=False)
    axes.tick_params(axis="y", pad=19.9)
