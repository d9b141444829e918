"""Exercise files: TOML in, a frozen `Exercise` out, or one line that says what is wrong and where."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from trackfuse.catalog import records
from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.datafiles import data_dir, read_toml, shown
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.scenario_validation import STRICT, checked, placed
from trackfuse.catalog.scenariofile import scenario_from
from trackfuse.core.errors import ScenarioError, check_between, unknown
from trackfuse.studies.exercise import NATIONS, Exercise, Inject

_FIELDS = {
    "launch": {"at_s", "scenario"},
    "sensor_outage": {"from_s", "until_s", "sensors", "nation"},
    "link_outage": {"from_s", "until_s", "links"},
    "late_satellite": {"from_s", "until_s", "delay_s"},
    "false_plots": {"from_s", "until_s"},
}


class InjectTable(BaseModel):
    """[[inject]]: one thing that happens; which settings it has depends on its kind."""

    model_config = STRICT
    kind: str
    note: str = ""
    at_s: float | None = None
    scenario: str | dict[str, Any] | None = None
    from_s: float | None = None
    until_s: float | None = None
    sensors: list[str] = []
    nation: str | None = None
    links: list[str] = []
    delay_s: float | None = None


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
    """
    made = [load_exercise(path) for path in sorted((data_dir() / "exercises").glob("*.toml"))]
    return pd.DataFrame(
        {
            "name": [one.name for one in made],
            "title": [one.title for one in made],
            "launches": [len(one.launches) for one in made],
            "other_injects": [len(one.injects) - len(one.launches) for one in made],
        }
    )


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
    """
    text = str(name_or_path)
    path = Path(name_or_path)
    if not (isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text):
        known = [file.stem for file in sorted((data_dir() / "exercises").glob("*.toml"))]
        if text not in known:
            raise ScenarioError(unknown("exercise", text, known))
        path = data_dir() / "exercises" / f"{text}.toml"
    where = shown(path)
    table = checked(where, ExerciseTable, read_toml(path, ScenarioError))
    injects = tuple(_inject(f"{where} [inject][{k}]", path, given) for k, given in enumerate(table.inject))
    injects = _told_apart(injects)
    _check_names(where, injects)
    return placed(where, Exercise)(
        name=path.stem, title=table.title, source="; ".join(table.sources), notes=table.notes, injects=injects
    )


def _inject(where: str, path: Path, given: dict[str, Any]) -> Inject:
    kind = str(given.get("kind"))
    if "kind" not in given:
        raise ScenarioError(f"{where}: 'kind' is missing; one of {', '.join(_FIELDS)}")
    if kind not in _FIELDS:
        raise ScenarioError(f"{where} kind: {unknown('kind of inject', kind, _FIELDS)}")
    allowed = _FIELDS[kind] | {"kind", "note"}
    for name in given:
        if name not in allowed:
            raise ScenarioError(f"{where}: {unknown(f'setting of a {kind}', name, sorted(allowed))}")
    table: InjectTable = checked(where, InjectTable, given)
    optional = {"sensors", "nation"} if kind == "sensor_outage" else set()
    for name in sorted(_FIELDS[kind] - optional):
        if getattr(table, name) in (None, []):
            raise ScenarioError(f"{where}: {name!r} is missing")
    if kind == "launch":
        check_between(ScenarioError, f"{where} at_s", table.at_s or 0.0, 0.0, 86400.0)
        return Inject(kind=kind, note=table.note, from_s=table.at_s or 0.0, scenario=_scenario(where, path, table))
    begin, end = table.from_s or 0.0, table.until_s or 0.0
    check_between(ScenarioError, f"{where} from_s", begin, 0.0, 86400.0)
    check_between(ScenarioError, f"{where} until_s", end, begin, 86400.0, open_low=True)
    check_between(ScenarioError, f"{where} delay_s", table.delay_s or 0.0, 0.0, 3600.0)
    if kind == "sensor_outage" and bool(table.sensors) == bool(table.nation):
        raise ScenarioError(f"{where}: give either 'sensors' or 'nation'")
    if table.nation and table.nation not in NATIONS:
        raise ScenarioError(f"{where} nation: {unknown('nation', table.nation, NATIONS)}")
    whom = tuple(table.sensors or table.links or filter(None, [table.nation]))
    return Inject(kind=kind, note=table.note, from_s=begin, until_s=end, whom=whom, delay_s=table.delay_s or 0.0)


def _scenario(where: str, path: Path, table: InjectTable) -> Scenario:
    given = table.scenario
    if isinstance(given, dict):
        return scenario_from(f"{where} [scenario]", f"{path.stem}-own", given)
    text = str(given)
    if text.endswith(".toml"):
        return placed(where, load_scenario)(path.parent / text)
    return placed(f"{where} scenario", load_scenario)(text)


def _told_apart(injects: tuple[Inject, ...]) -> tuple[Inject, ...]:
    """Launches with names of their own: the same flight twice is two draws of the noise."""
    seen: dict[str, int] = {}
    made = []
    for inject in injects:
        if inject.scenario is not None:
            launch = inject.scenario.launch
            count = seen[launch.launch_id] = seen.get(launch.launch_id, 0) + 1
            if count > 1:
                launch = replace(launch, launch_id=f"{launch.launch_id}/{count}")
                inject = replace(inject, scenario=replace(inject.scenario, launch=launch))
        made.append(inject)
    return tuple(made)


def _check_names(where: str, injects: tuple[Inject, ...]) -> None:
    flown = [inject.scenario for inject in injects if inject.scenario is not None]
    sensors = dict.fromkeys(sensor.sensor_id for scenario in flown for sensor in scenario.sensors)
    for k, inject in enumerate(injects):
        kind, known = ("link", records.links()) if inject.kind == "link_outage" else ("sensor", sensors)
        for i, name in enumerate(inject.whom):
            if name not in known and name not in NATIONS:
                raise ScenarioError(f"{where} [inject][{k}] {kind}s[{i}]: {unknown(kind, name, known)}")
