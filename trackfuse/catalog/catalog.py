"""The face of data/: everything that the project reads from there, each file once a session."""

from pathlib import Path

from trackfuse.catalog.check import check_data
from trackfuse.catalog.datafiles import data_dir, data_hash
from trackfuse.catalog.missiles import missile, missile_names, missile_of
from trackfuse.catalog.published import (
    Basemap,
    alerts,
    basemap,
    launches,
    parameters_table,
    sensors_table,
    statements,
    world,
)
from trackfuse.catalog.records import ASSUMPTIONS, links, local_names, nodes, places, policies, regions
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.scenariofile import has_several_objects, read_scenario
from trackfuse.catalog.sensors import sensors
from trackfuse.core.errors import ScenarioError, check_known, is_kind, shortened

__all__ = [
    "Basemap",
    "alerts",
    "as_scenario",
    "basemap",
    "check_data",
    "data_dir",
    "data_hash",
    "launches",
    "links",
    "load_scenario",
    "local_names",
    "missile",
    "missile_names",
    "missile_of",
    "nodes",
    "parameters_table",
    "places",
    "policies",
    "regions",
    "scenario_names",
    "sensors",
    "sensors_table",
    "statements",
    "world",
]


def scenario_names(*, several: bool = True) -> tuple[str, ...]:
    """Names of the shipped scenarios, in order of the alphabet.

    Parameters
    ----------
    several : bool
        Also those with several objects: salvos, and where debris or false plots are seen.

    Returns
    -------
    tuple of str
    """
    paths = sorted((data_dir() / "scenarios").glob("*.toml"))
    return tuple(path.stem for path in paths if several or not has_several_objects(path))


def as_scenario(given: Scenario | str | Path) -> Scenario:
    """A scenario, whether it is given as such, by a shipped name or as a file.

    Parameters
    ----------
    given : Scenario, str or Path

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If it is none of these, or as `load_scenario` does.
    DataError
        As `load_scenario` does.
    """
    if isinstance(given, Scenario):
        return given
    if not is_kind(given, str | Path):
        raise ScenarioError(f"{shortened(given)} is neither a scenario nor the name or the file of one")
    return load_scenario(given)


def load_scenario(name_or_path: str | Path, *, assumptions: str = "nominal") -> Scenario:
    """A scenario by the name of a shipped one, or from a file of one's own.

    Parameters
    ----------
    name_or_path : str or Path
        A name of `scenario_names`, or the path of a TOML file (with its ending, or with a folder in it). The format is
        described at the top of data/scenarios/hwasong12_2022_10_04.toml.
    assumptions : str
        "low", "nominal" or "high": every catalogued sensor at its weakest, nominal or best.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        File, place, value and nearest valid choice of the first thing wrong.
    DataError
        If the data that it refers to are malformed.

    Examples
    --------
    >>> tf.load_scenario("hwasong12_2022_10_04").launch.missile.name
    'Hwasong-12'
    """
    check_known(ScenarioError, "set of assumptions", assumptions, ASSUMPTIONS)
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        return read_scenario(Path(name_or_path), assumptions=assumptions)
    check_known(ScenarioError, "scenario", text, scenario_names())
    return read_scenario(data_dir() / "scenarios" / f"{text}.toml", assumptions=assumptions)
