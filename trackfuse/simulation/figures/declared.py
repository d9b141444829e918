"""Every figure of merit in one table: its name, unit, which way is better, and what it means."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOfMerit:
    """One figure of merit.

    Parameters
    ----------
    name : str
        Its column in tables, with the unit at the end where it has one.
    unit : str
        "s", "m", "m/s", "km", "share" (of the flight, 0 to 1) or "count".
    larger_is_better : bool
    words : str
        Its name in tables for reading.
    meaning : str
        One line.
    """

    name: str
    unit: str
    larger_is_better: bool
    words: str
    meaning: str


PHASES = {
    "boost": "from lift-off to burn-out",
    "coast": "from burn-out to the apogee",
    "descent": "from the apogee to the impact",
}
"""Parts of a flight over which errors are taken. Of a satellite the coast begins at insertion, and there is no
descent."""
INSTANTS = {
    "burnout": "30 s after burn-out",
    "apogee": "at the apogee",
    "120s": "120 s before impact",
    "60s": "60 s before impact",
    "10s": "10 s before impact",
}
"""Instants at which errors of the impact are taken."""
LIMITS = {"10km": ("10 km", 10e3), "1km": ("1 km", 1e3), "200m": ("200 m", 200.0)}
"""How well a position is to be known: in words, and m."""


def _smaller(name: str, unit: str, words: str, meaning: str) -> FigureOfMerit:
    return FigureOfMerit(name=name, unit=unit, larger_is_better=False, words=words, meaning=meaning)


def _errors(stem: str, unit: str, what: str) -> list[FigureOfMerit]:
    """Errors of position or velocity over the phases, and at the apogee."""
    suffix = unit.replace("/", "p")
    over = [
        _smaller(f"{stem}_{name}_{suffix}", unit, f"{what} error, {name}", f"median error of the held {what} {words}")
        for name, words in PHASES.items()
    ]
    at = _smaller(f"{stem}_apogee_{suffix}", unit, f"{what} error, apogee", f"error of the held {what} at the apogee")
    return [*over, at]


def _impacts(stem: str, unit: str, what: str) -> list[FigureOfMerit]:
    return [
        _smaller(f"{stem}_{name}_{unit}", unit, f"{what} error, {words}",
                 f"error of the held {what} {words}, received impact points included")
        for name, words in INSTANTS.items()
    ]  # fmt: skip


FIGURES: tuple[FigureOfMerit, ...] = (
    _smaller("first_knowledge_s", "s", "first knowledge", "first own detection or first message received"),
    _smaller("first_own_detection_s", "s", "first own detection", "first detection by a sensor of the nation"),
    _smaller("first_own_track_s", "s", "first own track", "first track confirmed by own sensors"),
    _smaller("first_track_received_s", "s", "first track received",
             "first report with a state of the missile (track or warning item) from another nation"),
    _smaller("first_track_s", "s", "first track", "first track of its own or reported by another centre"),
    *(_smaller(f"time_to_{name}_s", "s", f"position known to {words}",
               f"first instant at which true error and claimed 90 % radius of the held position are below {words}")
      for name, (words, _) in LIMITS.items()),
    FigureOfMerit(name="custody", unit="share", larger_is_better=True, words="custody",
                  meaning="share of the flight with an estimate that claims 10 km or better and has a detection of the "
                  "last 15 s in it"),
    _smaller("custody_last_height_km", "km", "height at the end of custody",
             "true height of the missile when it was last in custody"),
    *_errors("position_error", "m", "position"),
    *_errors("velocity_error", "m/s", "velocity"),
    *_impacts("impact_error", "km", "impact point"),
    *_impacts("impact_time_error", "s", "impact time"),
    _smaller("impact_known_s", "s", "impact known",
             "from when on true error and claimed 90 % radius of the impact point stay below 20 km until impact"),
    _smaller("stated_apogee_error_km", "km", "apogee as stated",
             "error of the apogee that the nation would state at the end of its track"),
    _smaller("stated_range_error_km", "km", "range as stated",
             "error of the range that the nation would state at the end of its track"),
    _smaller("first_notice_s", "s", "first notice", "first notice of any kind to anybody"),
    _smaller("false_notices", "count", "false notices", "notices to places on account of tracks of nothing"),
    _smaller("wrong_places", "count", "wrong places", "places given notice that the missile does not concern"),
    _smaller("false_tracks_passed", "count", "false tracks passed on",
             "own tracks of nothing that another nation has received"),
)  # fmt: skip
"""Figures of merit of a nation and a launch. Times are seconds after the lift-off of that launch."""
WARNING_TIME = FigureOfMerit(
    name="warning_time_s", unit="s", larger_is_better=True, words="warning time",
    meaning="true arrival at a place minus the first notice given there; negative: too late",
)  # fmt: skip
"""The one figure of a place."""
COLUMN = {figure.name: k for k, figure in enumerate(FIGURES)}
"""Name of a figure -> its column in arrays."""
BY_NAME = {figure.name: figure for figure in (*FIGURES, WARNING_TIME)}
USUAL = ("first_knowledge_s", "first_track_s", "time_to_1km_s", "custody", "position_error_apogee_m",
         "impact_error_burnout_km", "impact_error_60s_km", "impact_known_s", "first_notice_s")  # fmt: skip
"""Figures of a nation that are shown where there is no room for all."""


def figures_of_merit() -> pd.DataFrame:
    """Every figure of merit: what comparisons and sweeps give.

    Returns
    -------
    DataFrame
        One row a figure: figure, unit, larger_is_better, meaning. The last one is of a place, the others are of a
        nation and a launch.

    Examples
    --------
    >>> tf.figures_of_merit().set_index("figure").loc["custody", "unit"]
    'share'
    """
    return pd.DataFrame([
        {"figure": each.name, "unit": each.unit, "larger_is_better": each.larger_is_better, "meaning": each.meaning}
        for each in BY_NAME.values()
    ])  # fmt: skip
