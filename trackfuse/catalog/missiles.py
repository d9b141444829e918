"""The missile classes of data/: one row and its stages make one frozen value."""

import re
from functools import lru_cache
from pathlib import Path

from trackfuse.catalog.datafiles import Row, data_dir
from trackfuse.catalog.records import built, rows_of
from trackfuse.core.errors import DataError, ScenarioError, unknown
from trackfuse.flight.missile import MissileClass, Stage

ENDS = ("low", "nominal", "high")
"""Of an interval of data/missiles.csv."""


def missile_names() -> tuple[str, ...]:
    """Names of the missile classes of data/missiles.csv.

    Returns
    -------
    tuple of str
    """
    return tuple(row["name"] for row in rows_of(data_dir(), "missiles.csv"))


def missile(name: str, *, cross_section: str = "nominal", boost: str = "nominal") -> MissileClass:
    """A missile class of data/missiles.csv at its nominal values.

    Parameters
    ----------
    name : str
        Its name there.
    cross_section : str
        "low", "nominal" or "high": which end of the interval of its radar cross-sections it has, in all phases.
    boost : str
        "low", "nominal" or "high": which end of the intervals of its burn times it has, in all stages. Propellant and
        exhaust velocity stay: a short burn is a hard one.

    Returns
    -------
    MissileClass

    Raises
    ------
    ScenarioError
        If there is no class of that name, or no such end; the nearest is offered.
    """
    if cross_section not in ENDS:
        raise ScenarioError(unknown("cross-section", cross_section, ENDS))
    if boost not in ENDS:
        raise ScenarioError(unknown("boost", boost, ENDS))
    known = _missiles(data_dir(), cross_section, boost)
    if name not in known:
        raise ScenarioError(unknown("missile", name, known))
    return known[name]


def missile_of(launch_name: str, missile_class: str = "") -> MissileClass | None:
    """The class that a launch's name in words speaks of, such as "Hwasong-15 (lofted)".

    Parameters
    ----------
    launch_name : str
    missile_class : str
        Its broad class (SRBM ... SLV), used when the name says nothing more.

    Returns
    -------
    MissileClass or None
        That with the longest alias found in the name, then in the broad class; None if there is none. "Hwasong 15" and
        "HWASONG15" are Hwasong-15, "Hwasong-151" is not.
    """
    aliases = _aliases(data_dir())
    for text in (launch_name, missile_class):
        found = [alias for alias, pattern in aliases.items() if pattern.search(text.lower())]
        if found:
            return missile(_named(data_dir())[max(found, key=len)])
    return None


def missile_words() -> tuple[str, ...]:
    """Words in a launch's name that mean a class.

    Returns
    -------
    tuple of str
    """
    return tuple(_aliases(data_dir()))


@lru_cache(maxsize=8)
def _named(folder: Path) -> dict[str, str]:
    """Class by alias."""
    rows = rows_of(folder, "missiles.csv")
    return {alias: row["name"] for row in rows for alias in row.get("aliases", "").split(";") if alias}


@lru_cache(maxsize=8)
def _aliases(folder: Path) -> dict[str, re.Pattern[str]]:
    """How each alias is written, whatever stands between its letters and numbers."""
    parts = {alias: re.findall(r"[a-z]+|[0-9]+", alias.lower()) for alias in _named(folder)}
    return {alias: re.compile(r"(?<![a-z0-9])" + r"[^a-z0-9]*".join(words) + r"(?![0-9])")
            for alias, words in parts.items()}  # fmt: skip


@lru_cache(maxsize=16)
def _missiles(folder: Path, cross_section: str, boost: str) -> dict[str, MissileClass]:
    return {row["name"]: _missile(folder, row, cross_section, boost) for row in rows_of(folder, "missiles.csv")}


def _missile(folder: Path, row: Row, cross_section: str, boost: str) -> MissileClass:
    where = f"data/missiles.csv {row['name']}"
    stages = sorted((s for s in rows_of(folder, "stages.csv") if s["missile"] == row["name"]), key=lambda s: s["stage"])
    fields = set(MissileClass.__dataclass_fields__) - {"name", "kind", "stages", "max_range_km", "upper"}
    values = {}
    for name in sorted(fields):
        column = f"{name}_{cross_section if name.endswith('_rcs_m2') else 'nominal'}"
        try:
            values[name] = float(row[column])
        except (KeyError, ValueError):
            raise DataError(f"{where} {column}: {row.get(column)!r} is not a number") from None
    made = [(stage.get("orbit", ""), _stage(row["name"], stage, boost)) for stage in stages]
    return built(
        where,
        DataError,
        MissileClass,
        name=row["name"],
        kind=row["kind"],
        stages=tuple(stage for orbit, stage in made if not orbit),
        upper=next((stage for orbit, stage in made if orbit), None),
        max_range_km=row["max_range_km"],
        **values,
    )


def _stage(name: str, row: Row, boost: str) -> Stage:
    """A stage with its burn time at one end of the interval, and as much thrust as burns the same propellant in it."""
    where, burn_s = f"data/stages.csv {name} stage {row['stage']}", row["burn_s"]
    if boost != "nominal":
        try:
            burn_s = float(row[f"burn_s_{boost}"])
        except (KeyError, ValueError):
            raise DataError(f"{where} burn_s_{boost}: {row.get(f'burn_s_{boost}')!r} is not a number") from None
    numbers = {number: row[number] for number in ("exhaust_mps", "pause_s", "spent_beta_kgpm2")}
    acceleration = row["acceleration_mps2"] * row["burn_s"] / burn_s
    return built(where, DataError, Stage, burn_s=burn_s, acceleration_mps2=acceleration, **numbers)
