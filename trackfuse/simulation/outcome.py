"""What came of one run, as arrays: everything that tables, figures of merit and plots are made of."""

from dataclasses import dataclass

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.flight import Flight
from trackfuse.sensing import Detections, Looks
from trackfuse.sharing import Deliveries, Knowledge, Policy
from trackfuse.simulation.decide import LaunchNotices
from trackfuse.simulation.prepare import Prepared
from trackfuse.tracking import LocalTracks, TrackClusters, Tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened in one run: from the flights to the notices.

    `simulation.run.Run` says what the fields are. Of its arrays `present` (bool) has shape (S,); `objects` and
    `follows` (numbers of objects) have shapes (E,) and (E, J).
    """

    scenario: Scenario
    policy: Policy
    seed: int
    run: int
    version: str
    data_hash: str
    present: np.ndarray
    prepared: Prepared
    measurements: Detections
    deliveries: Deliveries
    knowledge: tuple[Knowledge, ...]
    local_tracks: LocalTracks
    clusters: TrackClusters
    fused: Tracks
    objects: np.ndarray
    follows: np.ndarray
    launch_notices: tuple[LaunchNotices, ...]

    @property
    def local(self) -> Tracks:
        """K own tracks of the nodes, from their own detections."""
        return self.local_tracks.tracks

    @property
    def flight(self) -> Flight:
        """Truth of the first missile."""
        return self.prepared.flight

    @property
    def looks(self) -> Looks:
        """Every look that could have detected the first missile."""
        return self.prepared.looks

    @property
    def object_names(self) -> tuple[str, ...]:
        """Names of the true objects: launches, and what they dropped."""
        return tuple(target.flight.launch_id for target in self.prepared.targets)

    @property
    def warning_time_s(self) -> np.ndarray:
        """First true arrival of any launch's missile at each place minus the first notice given there, shape (P,); nan
        without either.
        """
        arrival = np.fmin.reduce(self.prepared.arrival_s, axis=0)
        first = [each.notices.place_notice_s.min(axis=0, initial=np.inf) for each in self.launch_notices]
        gained = arrival - np.min(first, axis=0)
        return np.where(np.isfinite(gained), gained, np.nan)

    def launch_of(self, true: int) -> int:
        """Number of the launch that an object is of, -1 of none."""
        return self.prepared.targets[true].launch if true >= 0 else -1

    def truth_of_tracks(self) -> np.ndarray:
        """True state that each fused track is of, shape (E, J, 6), in m and m/s; nan where there is none."""
        nothing = np.full((1, *self.prepared.truth.shape[1:]), np.nan)
        return np.concatenate([self.prepared.truth, nothing])[self.objects]
