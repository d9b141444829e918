"""Exercise files: TOML in, a frozen `Exercise` out, or one line that says what is wrong and where."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, Field, create_model

from trackfuse.catalog import records
from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.datafiles import data_dir, read_toml, shown
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.scenario_validation import STRICT, checked, placed
from trackfuse.catalog.scenariofile import scenario_from
from trackfuse.core.errors import ScenarioError, check_between, check_known
from trackfuse.core.fields import Between, check_fields
from trackfuse.studies.exercise import Exercise, Inject

_CLOCK_S = Annotated[float, Between(0.0, 86400.0)]
_SPAN: dict[str, Any] = {"from_s": (_CLOCK_S, ...), "until_s": (_CLOCK_S, ...)}
_SETTINGS: dict[str, dict[str, Any]] = {
    "launch": {"at_s": (_CLOCK_S, ...), "scenario": (str | dict[str, Any], ...)},
    "sensor_outage": _SPAN | {"sensors": (list[str], []), "nation": (str | None, None)},
    "link_outage": _SPAN | {"links": (list[str], Field(min_length=1))},
    "late_satellite": _SPAN | {"delay_s": (Annotated[float, Between(0.0, 3600.0)], ...)},
    "false_plots": _SPAN,
}
_INJECTS: dict[str, type[BaseModel]] = {
    kind: create_model(kind, __config__=STRICT, kind=(str, ...), note=(str, ""), **settings)
    for kind, settings in _SETTINGS.items()
}
"""[[inject]]: the table of every kind."""


class ExerciseTable(BaseModel):
    """The whole file."""

    model_config = STRICT
    title: str
    sources: list[str]
    notes: str = ""
    inject: list[dict[str, Any]]


def exercises() -> pd.DataFrame:
    """Every shipped exercise, one row each.

    Returns
    -------
    DataFrame
        name, title, and the numbers of launches and of other injects.

    Examples
    --------
    >>> list(tf.exercises()["name"])
    ['radars_dark', 'three_launches']
    """
    rows = []
    for path in sorted((data_dir() / "exercises").glob("*.toml")):
        exercise = load_exercise(path)
        launches = len(exercise.launches)
        others = len(exercise.injects) - launches
        rows.append({"name": exercise.name, "title": exercise.title, "launches": launches, "other_injects": others})
    return pd.DataFrame(rows)


def load_exercise(name_or_path: str | Path) -> Exercise:
    """An exercise by the name of a shipped one, or from a file of one's own.

    Parameters
    ----------
    name_or_path : str or Path
        A name of `exercises`, or the path of a TOML file (with its ending, or with a folder in it). The format is
        described at the top of data/exercises/three_launches.toml.

    Returns
    -------
    Exercise

    Raises
    ------
    ScenarioError
        File, inject, value and nearest valid choice of the first thing wrong.

    Examples
    --------
    >>> len(tf.load_exercise("three_launches").launches)
    3
    """
    text = str(name_or_path)
    path = Path(name_or_path)
    if not (isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text):
        known = [file.stem for file in sorted((data_dir() / "exercises").glob("*.toml"))]
        check_known(ScenarioError, "exercise", text, known)
        path = data_dir() / "exercises" / f"{text}.toml"
    where = shown(path)
    table = checked(where, ExerciseTable, read_toml(path, ScenarioError))
    injects = _with_own_names([_inject(f"{where} [inject][{k}]", path, given) for k, given in enumerate(table.inject)])
    _check_names(where, table.inject, injects)
    return placed(where, Exercise)(
        name=path.stem, title=table.title, source="; ".join(table.sources), notes=table.notes, injects=injects
    )


def _inject(where: str, path: Path, given: dict[str, Any]) -> Inject:
    if "kind" not in given:
        raise ScenarioError(f"{where}: 'kind' is missing; one of {', '.join(_INJECTS)}")
    kind = str(given["kind"])
    check_known(ScenarioError, "kind of inject", kind, _INJECTS, where=f"{where} kind")
    table = checked(where, _INJECTS[kind], given)
    check_fields(ScenarioError, where, table)
    if kind == "launch":
        return Inject(kind=kind, note=table.note, from_s=table.at_s, scenario=_scenario(where, path, table.scenario))
    check_between(ScenarioError, f"{where} until_s", table.until_s, table.from_s, open_low=True)
    affected = getattr(table, "links", [])
    if kind == "sensor_outage":
        if bool(table.sensors) == bool(table.nation):
            raise ScenarioError(f"{where}: give either 'sensors' or 'nation'")
        affected = table.sensors or [table.nation]
    span = {"from_s": table.from_s, "until_s": table.until_s}
    return Inject(kind=kind, note=table.note, **span, affected=tuple(affected), delay_s=getattr(table, "delay_s", 0.0))


def _scenario(where: str, path: Path, given: str | dict[str, Any]) -> Scenario:
    if isinstance(given, dict):
        return scenario_from(f"{where} [scenario]", f"{path.stem}-own", given)
    if given.endswith(".toml"):
        return placed(where, load_scenario)(path.parent / given)
    return placed(f"{where} scenario", load_scenario)(given)


def _with_own_names(injects: list[Inject]) -> tuple[Inject, ...]:
    """Launches with names of their own: the same flight twice is two draws of the noise."""
    times_flown: Counter[str] = Counter()
    renamed = []
    for inject in injects:
        if inject.scenario is not None:
            launch = inject.scenario.launch
            times_flown[launch.launch_id] += 1
            if times_flown[launch.launch_id] > 1:
                launch = replace(launch, launch_id=f"{launch.launch_id}/{times_flown[launch.launch_id]}")
                inject = replace(inject, scenario=replace(inject.scenario, launch=launch))
        renamed.append(inject)
    return tuple(renamed)


def _check_names(where: str, given: list[dict[str, Any]], injects: tuple[Inject, ...]) -> None:
    """Raise at the first sensor, nation or link that no launch has."""
    flown = [sensor for inject in injects if inject.scenario is not None for sensor in inject.scenario.sensors]
    sensors = dict.fromkeys(sensor.sensor_id for sensor in flown)
    nations = dict.fromkeys(sensor.nation for sensor in flown)
    for k, (entry, inject) in enumerate(zip(given, injects, strict=True)):
        place = f"{where} [inject][{k}]"
        if entry.get("nation"):
            check_known(ScenarioError, "nation", entry["nation"], nations, where=f"{place} nation")
            continue
        kind, known = ("link", records.links()) if inject.kind == "link_outage" else ("sensor", sensors | nations)
        for i, name in enumerate(inject.affected):
            check_known(ScenarioError, kind, name, known, where=f"{place} {kind}s[{i}]")
