"""What the sensors of a live run send: what they see of a scenario's launches, or detections that somebody brings."""

import os
from pathlib import Path

import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.sharing import Policy
from trackfuse.simulation.deliver import deliver
from trackfuse.simulation.given import SEED, Given
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.studies.own_data.detections import checked_detections, read_detections
from trackfuse.studies.own_data.tracks import given_to

DETECTIONS = "detections.parquet"
"""A user's own detections, in the folder of a log."""


def drawn(scenario: Scenario, policy: Policy, *, seed: int) -> Given:
    """What the sensors of a scenario see in a run.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    seed : int

    Returns
    -------
    Given
    """
    prepared = prepare(scenario)
    noise = draw_noise(scenario, prepared, seed=seed, run=0)
    return Given(prepared=prepared, noise=noise, measurements=deliver(scenario, policy, prepared, noise).measurements)


def checked(detections: pd.DataFrame | str | os.PathLike[str], *, seed: int) -> pd.DataFrame:
    """A user's own detections.

    Parameters
    ----------
    detections : DataFrame or path
        A table, or a file, as `read_detections` takes it.
    seed : int

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        If they are wrong.
    SettingsError
        If a seed is asked for.
    """
    if seed != SEED:
        raise SettingsError(f"live seed: {seed} goes with a scenario's own detections; given ones are not drawn")
    return checked_detections(detections) if isinstance(detections, pd.DataFrame) else read_detections(Path(detections))


def brought(scenario: Scenario, folder: Path) -> Given:
    """Detections in the folder of a log, as a run has them.

    Parameters
    ----------
    scenario : Scenario
    folder : Path

    Returns
    -------
    Given

    Raises
    ------
    DataError
        If they are wrong.
    """
    return given_to(scenario, read_detections(folder / DETECTIONS))
