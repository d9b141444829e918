"""fly -> observe -> deliver -> track -> fuse -> predict -> warn, for one run under one policy or several."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from trackfuse import tracking
from trackfuse.catalog.catalog import data_hash, load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.sharing import Policy
from trackfuse.simulation.decide import LaunchNotices, WarningInputs, decide
from trackfuse.simulation.deliver import deliver
from trackfuse.simulation.figures import apogee_cycle, nation_figures
from trackfuse.simulation.local_tracks import Tracked, local_tracks
from trackfuse.simulation.predicted import OwnPredictions, own_predictions
from trackfuse.simulation.prepare import Noise, Prepared, draw_noise, prepare, rounding_of
from trackfuse.simulation.run import Run
from trackfuse.simulation.true_objects import followed_by, followed_in, object_of
from trackfuse.tracking import TrackClusters, Tracks, known_clusters, warning_sigma


def simulate(scenario: Scenario | str, policy: Policy | str = "trilateral", *, seed: int = 0, run: int = 0) -> Run:
    """Simulate one run of a scenario under a sharing policy.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one; of one object or of many.
    policy : Policy or str
        A policy of the scenario by name, or a changed one: `replace(scenario.policy("trilateral"), latency_s=5)`.
    seed : int
        The study's seed.
    run : int
        Number of the run; another number is another draw of all noise.

    Returns
    -------
    Run
        The same bits for the same arguments.

    Raises
    ------
    ScenarioError
        If the scenario or the policy is not known, or is inconsistent.
    FlightError
        If no flight of the class meets the published apogee and range.
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    picked = chosen.policy(policy)
    check_seed(seed)
    check_seed(run, "run")
    prepared = prepare(chosen)
    return run_once(chosen, picked, prepared, draw_noise(chosen, prepared, seed=seed, run=run), seed=seed, run=run)


def simulate_each(scenario: Scenario, policies: Sequence[Policy | str], *, seed: int = 0, run: int = 0) -> list[Run]:
    """Simulate one run of a scenario under several sharing policies, on the same noise.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy or str
    seed, run : int
        As in `simulate`.

    Returns
    -------
    list of Run
        To the bit what `simulate` gives for each, sooner: what centres make of their own detections is worked out once
        for all policies under which they have the same, and notices are decided on in a second thread while tracks are
        fused.

    Raises
    ------
    ScenarioError, FlightError
        As in `simulate`.
    """
    picked = [scenario.policy(policy) for policy in policies]
    check_seed(seed)
    check_seed(run, "run")
    prepared = prepare(scenario)
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    made = _tracked_each(scenario, picked, prepared, noise, seed=seed, run=run)
    with ThreadPoolExecutor(1) as beside:
        notices = beside.submit(_notices, scenario, prepared, noise, made)
        fused = [_fused(prepared, each.own, each.clusters, each.rounding) for each in made]
        return _written(scenario, picked, prepared, made, fused, notices.result(), seed=seed, run=run)


def run_once(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, *, seed: int, run: int,
    only: int | None = None,
) -> Run:  # fmt: skip
    """One run with the flights, the looks and the noise at hand.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    seed, run : int
    only : int, optional
        The one cycle at which fused tracks are wanted; they may be missing at the others. None: all.

    Returns
    -------
    Run
        The same bits for the same arguments.
    """
    return _run_each(scenario, [policy], prepared, noise, seed=seed, run=run, only=only)[0]


def run_figures(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, *, seed: int, run: int
) -> tuple[np.ndarray, np.ndarray]:
    """The figures of one run under several policies, on the same noise: what `compare` and `sweep` collect.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy
        P policies.
    prepared : Prepared
    seed, run : int

    Returns
    -------
    figures : ndarray, shape (P, 3, 6)
        As `nation_figures` gives them.
    warning_time_s : ndarray, shape (P, places)
        From the notice to the true arrival at each of the scenario's places; nan where no notice was given.
    """
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    # Figures of one object need its fused track at the apogee alone; of several objects, at every cycle.
    at = apogee_cycle(prepared, 0) if prepared.known and len(prepared.targets) == 1 else None
    done = _run_each(scenario, policies, prepared, noise, seed=seed, run=run, only=at)
    return np.stack([nation_figures(each) for each in done]), np.stack([each.warning_time_s for each in done])


def tracked(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, *, seed: int, run: int,
    only: int | None = None,
) -> tuple[Tracked, TrackClusters, Tracks]:  # fmt: skip
    """One run as far as the tracks: what is made of them is left out.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    seed, run : int
    only : int, optional
        As in `run_once`.

    Returns
    -------
    (Tracked, TrackClusters, Tracks)
        What centres have and their own tracks, which of these they take to be of one object, and the fused tracks.
    """
    own = local_tracks(prepared, noise, deliver(scenario, policy, prepared, noise, seed=seed, run=run))
    rounding = rounding_of(scenario, prepared, noise, own.local.tracks.node, seed=seed, run=run)
    clusters = _clusters(scenario, prepared, own, rounding)
    return own, clusters, _fused(prepared, own, clusters, rounding, only)


@dataclass(frozen=True, slots=True)
class _Policied:
    """What a policy makes of a run before tracks are fused. Policies under which the own tracks are the same share what
    is made of these alone.
    """

    own: Tracked
    rounding: np.ndarray
    clusters: TrackClusters
    objects: np.ndarray
    follows: np.ndarray


def _run_each(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, noise: Noise, *, seed: int, run: int,
    only: int | None = None,
) -> list[Run]:  # fmt: skip
    """One run under several policies, on the same noise, in one thread."""
    made = _tracked_each(scenario, policies, prepared, noise, seed=seed, run=run)
    fused = [_fused(prepared, each.own, each.clusters, each.rounding, only) for each in made]
    notices = _notices(scenario, prepared, noise, made)
    return _written(scenario, policies, prepared, made, fused, notices, seed=seed, run=run)


def _tracked_each(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, noise: Noise, *, seed: int, run: int
) -> list[_Policied]:
    made: list[_Policied] = []
    for policy in policies:
        like = made[-1] if made else None
        before = like.own if like is not None else None
        delivered = deliver(scenario, policy, prepared, noise, seed=seed, run=run,
                            like=before.delivered if before is not None else None)  # fmt: skip
        own = local_tracks(prepared, noise, delivered, before)
        made.append(_policied(scenario, prepared, noise, like, own, seed=seed, run=run))
    return made


def _written(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, made: list[_Policied], fused: list[Tracks],
    notices: list[tuple[LaunchNotices, ...]], *, seed: int, run: int,
) -> list[Run]:  # fmt: skip
    return [
        Run(
            scenario=scenario, policy=policy, seed=seed, run=run, version=__version__, data_hash=data_hash(),
            prepared=prepared, measurements=each.own.delivered.measurements,
            deliveries=each.own.delivered.deliveries, knowledge=each.own.delivered.knowledge,
            local_tracks=each.own.local, clusters=each.clusters, fused=tracks, objects=each.objects,
            follows=each.follows, launch_notices=given,
        )
        for policy, each, tracks, given in zip(policies, made, fused, notices, strict=True)
    ]  # fmt: skip


def _policied(
    scenario: Scenario, prepared: Prepared, noise: Noise, like: _Policied | None, own: Tracked, *, seed: int, run: int
) -> _Policied:
    same = like is not None and own.local is like.own.local
    rounding = like.rounding if like is not None and same else rounding_of(
        scenario, prepared, noise, own.local.tracks.node, seed=seed, run=run
    )  # fmt: skip
    clusters = _clusters(scenario, prepared, own, rounding)
    count = len(prepared.targets)
    if prepared.known:
        objects = clusters.cluster
        follows = np.broadcast_to(objects[:, None], (len(objects), len(prepared.cycle_s)))
    else:
        measurements = own.delivered.measurements
        objects = object_of(measurements, own.local, clusters, count)
        follows = followed_in(clusters, followed_by(measurements, own.local, count))
    return _Policied(own, rounding, clusters, objects, follows)


def _clusters(scenario: Scenario, prepared: Prepared, own: Tracked, rounding: np.ndarray) -> TrackClusters:
    """Which tracks every node takes to be of one object."""
    if prepared.known:
        return known_clusters(own.local.tracks, len(scenario.nodes))
    deliveries = own.delivered.deliveries
    return tracking.associate_tracks(
        own.local.tracks, len(scenario.nodes), track_received_s=deliveries.track_received_s,
        warning_received_s=deliveries.warning_received_s, cycle_times=prepared.cycle_s,
        report_offset=warning_sigma(prepared.tracker) * rounding[:, :, :6], settings=prepared.tracker,
    )  # fmt: skip


def _fused(
    prepared: Prepared, own: Tracked, clusters: TrackClusters, rounding: np.ndarray, only: int | None = None
) -> Tracks:
    reports = own.delivered.deliveries.track_received_s, own.delivered.deliveries.warning_received_s
    return tracking.fuse(
        own.local, clusters, reports, prepared.cycle_s, rounding[:, :, :6], prepared.tracker, own.systematic, only
    )


def _notices(
    scenario: Scenario, prepared: Prepared, noise: Noise, made: list[_Policied]
) -> list[tuple[LaunchNotices, ...]]:
    """The notices under each policy; impact is predicted once where own tracks are the same."""
    out, last = [], None
    for each in made:
        tracks = each.own.local.tracks
        own: OwnPredictions = (
            last[1] if last is not None and tracks is last[0]
            else own_predictions(scenario, prepared, tracks, each.rounding)
        )  # fmt: skip
        last = tracks, own
        inputs = WarningInputs(
            prepared=prepared, own=own, clusters=each.clusters, objects=each.objects,
            deliveries=each.own.delivered.deliveries, knowledge=each.own.delivered.knowledge,
            chain_normal=noise.chain_normal,
        )  # fmt: skip
        out.append(decide(inputs, scenario.nodes, scenario.places, scenario.rule, prepared.arrival_s))
    return out
