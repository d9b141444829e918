"""One run of a scenario with several objects: a frozen value whose arrays can be read as tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.scoring.assignment import Gospa, Siap, gospa, siap
from trackfuse.sharing import Exchange, Policy
from trackfuse.simulation import several_tables
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.run import Simulation
from trackfuse.simulation.several_notices import LaunchNotices
from trackfuse.simulation.several_prepare import PreparedSeveral
from trackfuse.tracking import NodeTracks, Picture, Tracks

CUTOFF_M = 20e3
"""Distance beyond which a track is of nothing and an object missed, for GOSPA: that at which a track is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The detections of one run, in order of time.

    Parameters
    ----------
    t_s : ndarray, shape (m,)
        Seconds after the first lift-off.
    sensor : ndarray of int, shape (m,)
    z, sigma : ndarray, shape (m, 3) or (m, 4)
        Measured range (m), azimuth and elevation (rad) and their standard deviations.
    cued : ndarray of bool, shape (m,)
    snr_db : ndarray, shape (m,)
    site_m : ndarray, shape (m, 3)
        Where the sensor was, ECEF, m.
    enu_from_ecef : ndarray, shape (m, 3, 3)
    received_s : ndarray, shape (m, N)
        When each node has it; inf if never.
    truth : ndarray of int, shape (m,)
        Object that it is of; -1 of none. Nothing but the score reads it.
    """

    t_s: np.ndarray
    sensor: np.ndarray
    z: np.ndarray
    sigma: np.ndarray
    cued: np.ndarray
    snr_db: np.ndarray
    site_m: np.ndarray
    enu_from_ecef: np.ndarray
    received_s: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """What happened in one run: from the flights to the notices. All times are seconds after the first lift-off.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    seed, run : int
    version, data_hash : str
        Of the package and of its data: what a citation needs.
    prepared : PreparedSeveral
        Flights, looks and cycles.
    plots : Plot
    exchanges : tuple of Exchange
        Who received what of each launch, when.
    reports : Exchange
        When each node would have each other's report of every cycle.
    own : tuple of NodeTracks
        Each node's own tracks.
    pictures : tuple of Picture
        Which tracks each node takes to be of one object.
    fused : tuple of Tracks
        Each node's fused tracks: one an entry of its picture, at J cycles.
    objects : tuple of ndarray
        True object of each entry by the majority of its plots, the node's own if it has any; -1 of none.
    follows : tuple of ndarray, shapes (P, J)
        The same at each cycle, by the majority of the newest plots; -2 where there is no track yet.
    notices_given : tuple of LaunchNotices
    """

    scenario: Scenario
    policy: Policy
    seed: int
    run: int
    version: str
    data_hash: str
    prepared: PreparedSeveral
    plots: Plot
    exchanges: tuple[Exchange, ...]
    reports: Exchange
    own: tuple[NodeTracks, ...]
    pictures: tuple[Picture, ...]
    fused: tuple[Tracks, ...]
    objects: tuple[np.ndarray, ...]
    follows: tuple[np.ndarray, ...]
    notices_given: tuple[LaunchNotices, ...]

    @property
    def object_names(self) -> tuple[str, ...]:
        """Names of the true objects: launches, and what they dropped."""
        return tuple(seen.flight.launch_id for seen in self.prepared.objects)

    @property
    def main(self) -> Simulation:
        """The first launch's missile as a run of its own, for figures and tables of one object; see `main_of`."""
        from trackfuse.simulation.several_main import main_of

        return main_of(self)

    @property
    def warning_time_s(self) -> np.ndarray:
        """True arrival of the first missile at each place minus the first notice, shape (P,); nan without either."""
        arrival = np.fmin.reduce(self.prepared.arrival_s, axis=0)
        told = np.min([given.notices.place_notice_s.min(axis=0) for given in self.notices_given], axis=0)
        gained = arrival - told
        return np.where(np.isfinite(gained), gained, np.nan)

    def gospa(self, node: int) -> list[Gospa]:
        """How good one node's picture is at every cycle.

        Parameters
        ----------
        node : int

        Returns
        -------
        list of Gospa
            J of them, in m with a cut-off of 20 km and order 2: true objects in flight against fused positions.
        """
        truth, fused = self.prepared.truth[:, :, :3], self.fused[node]
        return [
            gospa(truth[np.isfinite(truth[:, j, 0]), j], fused.mean[fused.status[:, j] == 1, j, :3], cutoff=CUTOFF_M)
            for j in range(len(self.prepared.cycle_s))
        ]

    def siap(self, node: int) -> Siap:
        """Rates of one node's picture over the run: completeness, ambiguity, spuriousness.

        Parameters
        ----------
        node : int

        Returns
        -------
        Siap
            A track follows an object if most of its newest plots are of it and the object flies.
        """
        flying = np.isfinite(self.prepared.truth[:, :, 0]).T
        held = (self.fused[node].status == 1).T
        followed = np.zeros_like(flying, dtype=np.int64)
        for true in range(flying.shape[1]):
            of_it = held & (self.follows[node] == true).T
            followed[:, true] = np.where(flying[:, true], of_it.sum(axis=1), 0)
        return siap(flying.sum(axis=1), held.sum(axis=1), followed)

    @property
    def scores(self) -> pd.DataFrame:
        """One row a centre and cycle: GOSPA with its parts, in metres and metres squared."""
        return several_tables.scores(self)

    @property
    def rates(self) -> pd.DataFrame:
        """One row a centre: rates of its picture, its tracks, and how many of these changed objects."""
        return several_tables.rates(self)

    @property
    def detections(self) -> pd.DataFrame:
        """One row a detection, in order of time, with the object that it was of."""
        return several_tables.detections(self)

    @property
    def received(self) -> pd.DataFrame:
        """One row for every message a centre received: what, from where, measured and received when."""
        return several_tables.received(self)

    @property
    def tracks(self) -> pd.DataFrame:
        """One row a centre, track and cycle: the fused estimate and its error against the object it mostly followed."""
        return several_tables.tracks(self)

    @property
    def predictions(self) -> pd.DataFrame:
        """One row an impact prediction."""
        return several_tables.predictions(self)

    @property
    def notices(self) -> pd.DataFrame:
        """One row a notice, launch by launch: who was told, when, on account of which track, and whether rightly."""
        return several_tables.notices(self)

    @property
    def nodes(self) -> pd.DataFrame:
        """One row a centre and launch: first knowledge, confirmation, notice, and errors at apogee."""
        return several_tables.nodes(self)

    def caption(self) -> str:
        """One line that says where the numbers come from: scenario, policy, assumptions, seed, version, data."""
        drawn = f"policy {self.policy.name}; seed {self.seed}, run {self.run}"
        return caption(self.scenario, drawn, self.version, self.data_hash)

    def __repr__(self) -> str:
        return (
            f"<Several {self.scenario.name} {self.policy.name} seed={self.seed} run={self.run}: "
            f"{len(self.prepared.objects)} objects, {len(self.plots.t_s)} detections>"
        )
