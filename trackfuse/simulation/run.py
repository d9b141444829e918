"""One run of one scenario under one policy: a frozen value whose arrays can be read as tables."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from trackfuse.core.display import displayed
from trackfuse.core.language import translate
from trackfuse.scoring.accuracy import TrackErrors, track_errors
from trackfuse.scoring.assignment import Gospa, Siap
from trackfuse.sensing import draw_registration, registration_table
from trackfuse.simulation import information_arrival, launch_reports, messages, scores, storage, tables, warning_inputs
from trackfuse.simulation.main import main_of
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import predict_at
from trackfuse.simulation.provenance import caption
from trackfuse.warning import Predictions

TABLES = ("detections", "received", "tracks", "predictions", "notices", "nodes")
"""Those that are saved with a run, for other programs."""


@displayed(table=lambda value: value.nodes.drop(columns="launch"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Outcome):
    """What happened in one run, of one object or of many: its arrays, and its tables.

    Times are seconds after the first lift-off. Tables have a row for every object where it matters, named by its
    launch; figures of one object show the first missile, `main`.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    seed, run : int
    version, data_hash : str
        Of the package and of its data: what a citation needs.
    present : ndarray of bool, shape (S,)
        Which sensors are on station and work.
    prepared : Prepared
        Flights, looks and the J instants at which every node works.
    measurements : Detections
        m of them; `detections` has them as a table.
    deliveries : Deliveries
        When each of the N nodes has each of them, and each other's report of every cycle.
    knowledge : tuple of Knowledge
        What each node first knew of each of the L launches.
    local_tracks : LocalTracks
        K own tracks of the nodes, and the detections that they were given.
    clusters : TrackClusters
        Which of them each node takes to be of one object.
    fused : Tracks
        E fused tracks of the nodes. Of one object whose detections are known to be of it: track i is node i's.
    objects : ndarray of int, shape (E,)
        True object of each fused track by the majority of its detections, -1 of none.
    follows : ndarray of int, shape (E, J)
        The same at each cycle, by the majority of the newest ones, -2 where there is no track yet; where detections
        carry their object, that object at every cycle.
    launch_notices : tuple of LaunchNotices
        What was announced, launch by launch.

    Examples
    --------
    >>> tf.simulate("kn25_2023_02_20", policy="trilateral", seed=7).nodes[["node", "nation"]].iloc[0].to_list()
    ['JPN', 'JPN']
    """

    @property
    def main(self) -> "Run":
        """The first launch's missile as a run of one object, for figures and tables of one; see `main_of`."""
        if self.prepared.known and len(self.prepared.targets) == 1:
            return self
        alone = main_of(self)
        return Run(**{name: getattr(alone, name) for name in Outcome.__dataclass_fields__})

    @property
    def errors(self) -> TrackErrors:
        """Errors of the fused tracks against the objects that they mostly follow, arrays of shape (E, J)."""
        fused = self.fused
        return track_errors(fused.mean, fused.covariance, fused.status, self.truth_of_tracks())

    @property
    def bounds(self) -> np.ndarray:
        """Least possible covariance of each fused track, ndarray of shape (E, J, 6, 6), m and m/s; nan while it is not
        observable.
        """
        return information_arrival.bounds(self)

    def predict(self, pairs: np.ndarray) -> Predictions:
        """Impact predictions of the fused tracks.

        Parameters
        ----------
        pairs : ndarray of int, shape (M, 2)
            Fused track and cycle of each.

        Returns
        -------
        Predictions
            Arrays whose first axis has length M.
        """
        return predict_at(self.fused, pairs, self.prepared.cycle_s, self.scenario.tracker)

    def impact_error_km(self, made: Predictions, objects: np.ndarray | int = 0) -> np.ndarray:
        """Distance over the ground from predicted to true impact.

        Parameters
        ----------
        made : Predictions
            M of them.
        objects : int or ndarray of int, shape (M,)
            The object that each is of; by default the first missile.

        Returns
        -------
        ndarray, shape (M,)
            Kilometres; nan where no impact is predicted.
        """
        return tables.impact_error_km(self, made, np.broadcast_to(objects, made.status.shape))

    def gospa(self, node: int | str) -> list[Gospa]:
        """How well the tracks of one centre, by name or number, stand for the objects at each of the J cycles; see
        `scores.gospa_of`.
        """
        return scores.gospa_of(self, node)

    def siap(self, node: int | str) -> Siap:
        """Rates of the tracks of one centre, by name or number, over the run; see `scores.siap_of`."""
        return scores.siap_of(self, node)

    @property
    def detections(self) -> pd.DataFrame:
        """One row a detection, in order of time, with the object that it was of."""
        return tables.detections(self)

    @property
    def registration(self) -> pd.DataFrame:
        """What is wrong with every sensor in this run, of which no centre knows; see `sensing.registration_table`."""
        sensors = self.prepared.looks.sensors
        return registration_table(sensors, draw_registration(sensors, seed=self.seed, run=self.run))

    @property
    def received(self) -> pd.DataFrame:
        """One row for every message a centre received: what, from where, measured and received when."""
        return tables.received(self)

    @property
    def messages(self) -> pd.DataFrame:
        """One row a track in a warning message received: launch point, trajectory and predicted impact point, as
        stated.
        """
        return messages.messages(self)

    @property
    def launch_reports(self) -> pd.DataFrame:
        """One row a centre, launch and cycle before its first track: launch point, heading and class by lines of sight.
        """
        return launch_reports.launch_reports(self)

    @property
    def tracks(self) -> pd.DataFrame:
        """One row a centre, track and cycle: the fused estimate and its error against the object that it mostly
        followed over the run.
        """
        return tables.tracks(self)

    @property
    def predictions(self) -> pd.DataFrame:
        """One row an impact prediction."""
        return tables.predictions(self)

    @property
    def notices(self) -> pd.DataFrame:
        """One row a notice: of which launch, who was warned, when, and whether it was right."""
        return tables.notices(self)

    @property
    def region_notices(self) -> pd.DataFrame:
        """One row a launch, centre, and prefecture or province that it warned, or should have."""
        return warning_inputs.region_notices(self)

    @property
    def nodes(self) -> pd.DataFrame:
        """One row a centre and launch: first knowledge, confirmation, notice, and the errors at apogee."""
        return tables.nodes(self)

    @property
    def scores(self) -> pd.DataFrame:
        """One row a centre and cycle: GOSPA with its parts, in metres and metres squared."""
        return scores.scores(self)

    @property
    def rates(self) -> pd.DataFrame:
        """One row a centre: rates of its tracks, how many there are, and how many of these changed objects."""
        return scores.rates(self)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the run into a folder: arrays and tables as Parquet, the rest as JSON; `tf.load_run` reads it back.

        Parameters
        ----------
        folder : str or path
            Is made; a saved run that is there is replaced once the new one is whole.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        DataError
            If the folder holds something else.
        """
        return storage.save(self, folder, {name: getattr(self, name) for name in TABLES})

    def caption(self) -> str:
        """One line that says where the numbers come from: scenario, policy, assumptions, seed, version, data."""
        drawn = translate("policy {policy}; seed {seed}, run {run}").format(
            policy=self.policy.name, seed=self.seed, run=self.run
        )
        return caption(self.scenario, drawn, self.version, self.data_hash, (self.policy,))

    def __repr__(self) -> str:
        count = len(self.prepared.targets)
        return (
            f"<Run {self.scenario.name} {self.policy.name} seed={self.seed} run={self.run}: "
            f"{count} object{'s' if count > 1 else ''}, {len(self.measurements)} detections>"
        )


def load_run(folder: str | os.PathLike[str]) -> Run:
    """Read a run that `Run.save` wrote.

    Parameters
    ----------
    folder : str or path

    Returns
    -------
    Run
        To the bit what was saved.

    Raises
    ------
    DataError
        If the folder holds no run or a damaged one, or this version computes its flights otherwise.
    """
    return Run(**storage.load(folder))
