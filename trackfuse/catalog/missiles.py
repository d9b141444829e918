"""The missile classes of data/: one row and its stages make one frozen value."""

import re

from trackfuse.catalog.datafiles import Row, once_per_folder, placed, rows_of
from trackfuse.catalog.records import ASSUMPTIONS
from trackfuse.core.errors import DataError, ScenarioError, check_known
from trackfuse.flight.missile import MissileClass, Stage


def missile_names() -> tuple[str, ...]:
    """Names of the missile classes of data/missiles.csv.

    Returns
    -------
    tuple of str
    """
    return tuple(row["name"] for row in rows_of("missiles.csv"))


def boost_names() -> tuple[str, ...]:
    """Names of the missile classes whose boost no other class has: what a boost can be told apart by.

    Returns
    -------
    tuple of str
    """
    return tuple(row["name"] for row in rows_of("missiles.csv") if not row["boost_of"])


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

    Examples
    --------
    >>> tf.missile("KN-25").kind
    'SRBM'
    """
    check_known(ScenarioError, "cross-section", cross_section, ASSUMPTIONS)
    check_known(ScenarioError, "boost", boost, ASSUMPTIONS)
    known = _missiles(cross_section, boost)
    check_known(ScenarioError, "missile", name, known)
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
    for text in (launch_name, missile_class):
        found = [alias for alias, pattern in _patterns().items() if pattern.search(text.lower())]
        if found:
            return missile(_class_by_alias()[max(found, key=len)])
    return None


def missile_words() -> tuple[str, ...]:
    """Words in a launch's name that mean a class.

    Returns
    -------
    tuple of str
    """
    return tuple(_patterns())


@once_per_folder
def _class_by_alias() -> dict[str, str]:
    return {alias: row["name"] for row in rows_of("missiles.csv") for alias in row["aliases"].split(";") if alias}


@once_per_folder
def _patterns() -> dict[str, re.Pattern[str]]:
    """How each alias is written, whatever stands between its letters and numbers."""
    parts = {alias: re.findall(r"[a-z]+|[0-9]+", alias.lower()) for alias in _class_by_alias()}
    return {
        alias: re.compile(r"(?<![a-z0-9])" + r"[^a-z0-9]*".join(words) + r"(?![0-9])") for alias, words in parts.items()
    }


@once_per_folder
def _missiles(cross_section: str, boost: str) -> dict[str, MissileClass]:
    return {row["name"]: _missile(row, cross_section, boost) for row in rows_of("missiles.csv")}


def _missile(row: Row, cross_section: str, boost: str) -> MissileClass:
    boost_of = row["boost_of"] or row["name"]
    stages = sorted((s for s in rows_of("stages.csv") if s["missile"] == boost_of), key=lambda s: s["stage"])
    fields = set(MissileClass.__dataclass_fields__) - {"name", "kind", "stages", "max_range_km", "upper"}
    ends = {name: cross_section if name.endswith("_rcs_m2") else "nominal" for name in fields}
    return placed(f"data/missiles.csv {row['name']}", MissileClass, DataError)(
        name=row["name"],
        kind=row["kind"],
        stages=tuple(_stage(stage, boost) for stage in stages if not stage["orbit"]),
        upper=next((_stage(stage, boost) for stage in stages if stage["orbit"]), None),
        max_range_km=row["max_range_km"],
        **{name: row[f"{name}_{end}"] for name, end in ends.items()},
    )


def _stage(row: Row, boost: str) -> Stage:
    """A stage with its burn time at one end of the interval, and as much thrust as burns the same propellant in it."""
    burn_s = row["burn_s" if boost == "nominal" else f"burn_s_{boost}"]
    return placed(f"data/stages.csv {row['missile']} stage {row['stage']}", Stage, DataError)(
        burn_s=burn_s,
        acceleration_mps2=row["acceleration_mps2"] * row["burn_s"] / burn_s,
        **{name: row[name] for name in ("exhaust_mps", "pause_s", "spent_beta_kgpm2")},
    )
