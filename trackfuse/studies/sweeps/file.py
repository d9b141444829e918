"""A sweep asked for by a TOML file."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from trackfuse.catalog.datafiles import read_toml, shown
from trackfuse.catalog.scenario_validation import STRICT, checked
from trackfuse.core.errors import SettingsError


class SweepTable(BaseModel):
    """The whole file."""

    model_config = STRICT
    scenario: str
    policies: list[str] | None = None
    runs: int = 100
    design: str | None = None
    points: int | None = None
    over: dict[str, Any] | str


def read_sweep(path: str | Path) -> dict[str, Any]:
    """Read what a sweep's file asks for.

    Parameters
    ----------
    path : str or Path
        TOML; `trackfuse sweep --help` describes it.

    Returns
    -------
    dict
        Arguments of `sweep`: base, over, policies, runs, design, points.

    Raises
    ------
    SettingsError
        File, place, value and nearest valid choice of the first thing wrong.
    """
    file = Path(path)
    table = checked(shown(file), SweepTable, read_toml(file, SettingsError), SettingsError)
    arguments = table.model_dump()
    base = arguments.pop("scenario")
    in_folder = file.parent / base
    return arguments | {"base": str(in_folder) if base.endswith(".toml") and in_folder.is_file() else base}
