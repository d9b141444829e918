"""One run of one scenario under one policy: a frozen value whose arrays can be read as tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.flight import Flight
from trackfuse.scoring.accuracy import TrackErrors, ground_distance_km, track_errors
from trackfuse.sensing import Looks
from trackfuse.sharing import Exchange, Policy
from trackfuse.simulation import decide, messages, reached, tables
from trackfuse.simulation.predicted import predict_at
from trackfuse.simulation.prepare import Prepared
from trackfuse.simulation.provenance import caption
from trackfuse.tracking import Tracks
from trackfuse.warning import Notices, Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Plots:
    """The detections of one run, in order of time.

    Parameters
    ----------
    look : ndarray of int, shape (m,)
        Row of the look in `Looks`.
    z, sigma : ndarray, shape (m, 4)
        Measured range (m), azimuth, elevation (rad) and range rate (m/s), and their standard deviations: NaN and
        infinite for what is not measured, as the range of an infrared plot and the range rate of most radars.
    """

    look: np.ndarray
    z: np.ndarray
    sigma: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What happened in one run: from the flight to the notices.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    seed, run : int
    version, data_hash : str
        Of the package and of its data: what a citation needs.
    prepared : Prepared
        The flight, the looks and the instants at which every node works.
    plots : Plots
    exchange : Exchange
        Who received what, when.
    local, fused : Tracks
        Each node's own track, and its fused one, at N nodes and J cycles.
    notices_given : Notices
    """

    scenario: Scenario
    policy: Policy
    seed: int
    run: int
    version: str
    data_hash: str
    prepared: Prepared
    plots: Plots
    exchange: Exchange
    local: Tracks
    fused: Tracks
    notices_given: Notices

    @property
    def flight(self) -> Flight:
        """The truth."""
        return self.prepared.flight

    @property
    def looks(self) -> Looks:
        """Every look that could have detected the target."""
        return self.prepared.looks

    @property
    def errors(self) -> TrackErrors:
        """Errors of the fused tracks, arrays of shape (N, J)."""
        return track_errors(self.fused.mean, self.fused.covariance, self.fused.status, self.prepared.truth)

    @property
    def bounds(self) -> np.ndarray:
        """Least possible covariance of each node's track, ndarray of shape (N, J, 6, 6); nan while not observable."""
        return reached.bounds(self)

    def predict(self, pairs: np.ndarray) -> Predictions:
        """Impact predictions of the fused tracks.

        Parameters
        ----------
        pairs : ndarray of int, shape (K, 2)
            Node and cycle of each.

        Returns
        -------
        Predictions
            Arrays whose first axis has length K.
        """
        return predict_at(self.fused, pairs, self.prepared.cycle_s, self.scenario.tracker)

    def impact_error_km(self, made: Predictions) -> np.ndarray:
        """Distance over the ground from predicted to true impact.

        Parameters
        ----------
        made : Predictions

        Returns
        -------
        ndarray, shape (K,)
            Kilometres; nan where no impact is predicted.
        """
        return ground_distance_km(
            np.degrees(made.lat_rad), np.degrees(made.lon_rad), self.flight.impact_lat_deg, self.flight.impact_lon_deg
        )

    @property
    def detections(self) -> pd.DataFrame:
        """One row a detection, in order of time."""
        return tables.detections(self)

    @property
    def received(self) -> pd.DataFrame:
        """One row for every message a centre received: what, from where, measured and received when."""
        return tables.received(self)

    @property
    def messages(self) -> pd.DataFrame:
        """One row a warning message received: launch point, trajectory and predicted impact point, as told."""
        return messages.messages(self)

    @property
    def tracks(self) -> pd.DataFrame:
        """One row a centre and cycle with a track: the fused estimate and its error."""
        return tables.tracks(self)

    @property
    def predictions(self) -> pd.DataFrame:
        """One row an impact prediction."""
        return tables.predictions(self)

    @property
    def notices(self) -> pd.DataFrame:
        """One row a notice: who was told, when, and whether it was right."""
        return tables.notices(self)

    @property
    def region_notices(self) -> pd.DataFrame:
        """One row a centre and prefecture or province that it warned, or should have."""
        return decide.region_notices(self)

    @property
    def nodes(self) -> pd.DataFrame:
        """One row a centre: first knowledge, confirmation, notice, and the errors at apogee."""
        return tables.nodes(self)

    def caption(self) -> str:
        """One line that says where the numbers come from: scenario, policy, assumptions, seed, version, data."""
        drawn = f"policy {self.policy.name}; seed {self.seed}, run {self.run}"
        return caption(self.scenario, drawn, self.version, self.data_hash)

    def __repr__(self) -> str:
        return (
            f"<Simulation {self.scenario.name} {self.policy.name} seed={self.seed} run={self.run}: "
            f"{len(self.plots.look)} detections, {len(self.notices)} notices>"
        )
