"""fly -> observe -> deliver -> track -> fuse -> predict -> warn, for one run under one policy or several."""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from trackfuse.catalog.catalog import as_scenario, data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.sharing import Policy
from trackfuse.simulation.decide import decide_each
from trackfuse.simulation.figures import Figure, nation_figures, own_figures
from trackfuse.simulation.figures.own import OwnKey
from trackfuse.simulation.fused_tracks import cluster, fuse
from trackfuse.simulation.local_tracks import Tracked
from trackfuse.simulation.predicted import OwnPredictions
from trackfuse.simulation.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.simulation.release import deliver_and_track
from trackfuse.simulation.run import Run
from trackfuse.tracking import Tracks
from trackfuse.tracking.track import Worked


def simulate(
    scenario: Scenario | str, policy: Policy | str = "trilateral", *, seed: int = 0, run: int = 0,
    posture: str | None = None,
) -> Run:  # fmt: skip
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
    posture : str, optional
        Which sensors are on station and work: "full", "none", "published" or "drawn"; by default that of the scenario,
        else "full".

    Returns
    -------
    Run
        The same bits for the same arguments.

    Raises
    ------
    ScenarioError
        If the scenario, the policy or the posture is not known, or is inconsistent.
    SettingsError
        If seed or run is not a whole number of 0 or more.
    FlightError
        If no flight of the class meets the published apogee and range.

    Examples
    --------
    >>> run = tf.simulate("kn25_2023_02_20", policy="trilateral", seed=7)
    >>> run.policy.name, len(run.nodes)
    ('trilateral', 5)
    """
    chosen = as_scenario(scenario)
    chosen = chosen.in_posture(posture, "full")
    return run_each(chosen, *_ready(chosen, [policy], seed, run))[0]


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
        for all policies under which they have the same.

    Raises
    ------
    ScenarioError, SettingsError, FlightError
        As in `simulate`.
    """
    with ThreadPoolExecutor(1) as second_thread:
        return run_each(scenario, *_ready(scenario, policies, seed, run), beside=second_thread)


def _ready(
    scenario: Scenario, policies: Sequence[Policy | str], seed: int, run: int
) -> tuple[list[Policy], Prepared, Noise]:
    """The policies, what is computed once a scenario, and a run's noise; what is wrong is refused before any flight."""
    picked = [scenario.policy(policy) for policy in policies]
    check_seed(seed)
    check_seed(run, "run")
    prepared = prepare(scenario)
    return picked, prepared, draw_noise(scenario, prepared, seed=seed, run=run)


def run_each(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, noise: Noise, *, beside: Executor | None = None
) -> list[Run]:
    """One run under several policies, with the flights, the looks and the noise at hand.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy
    prepared : Prepared
    noise : Noise
    beside : Executor, optional
        Decides on notices while tracks are fused. None: all in this thread.

    Returns
    -------
    list of Run
        The same bits for the same arguments, with or without a second thread.
    """
    return [run for run, _ in _with_predictions(scenario, policies, prepared, noise, beside)]


def _with_predictions(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, noise: Noise, beside: Executor | None = None
) -> list[tuple[Run, OwnPredictions]]:
    """The runs, each with what its centres predicted from their own tracks."""
    own: list[Tracked] = []
    worked: Worked = {}
    for policy in policies:
        own.append(deliver_and_track(scenario, policy, prepared, noise, own[-1] if own else None, worked))
    return finished(scenario, policies, prepared, noise, own, beside)


def finished(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, noise: Noise, own: list[Tracked],
    beside: Executor | None = None,
) -> list[tuple[Run, OwnPredictions]]:  # fmt: skip
    """Runs from what centres received and tracked: what they fuse and announce.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy
    prepared : Prepared
    noise : Noise
    own : list of Tracked
        Under each of the policies.
    beside : Executor, optional
        As in `run_each`.

    Returns
    -------
    list of (Run, OwnPredictions)
        The runs, each with what its centres predicted from their own tracks.
    """
    clustered = [cluster(scenario, prepared, each) for each in own]
    deciding = beside.submit(decide_each, scenario, prepared, noise, own, clustered) if beside else None
    fused: list[Tracks] = []
    for k, (policy, each, of) in enumerate(zip(policies, own, clustered, strict=True)):
        like = (own[k - 1], fused[k - 1]) if k else None
        fused.append(fuse(scenario, policy, prepared, noise, each, of.clusters, like))
    decided = deciding.result() if deciding else decide_each(scenario, prepared, noise, own, clustered)
    runs = [
        Run(
            scenario=scenario, policy=policy, seed=noise.seed, run=noise.run, version=__version__,
            data_hash=data_hash(), present=noise.present, prepared=prepared, measurements=each.delivered.measurements,
            deliveries=each.delivered.deliveries, knowledge=each.delivered.knowledge, local_tracks=each.local,
            clusters=of.clusters, fused=tracks, objects=of.objects, follows=of.follows, launch_notices=notices,
        )
        for policy, each, of, tracks, (notices, _) in zip(policies, own, clustered, fused, decided, strict=True)
    ]  # fmt: skip
    return [(run, predicted) for run, (_, predicted) in zip(runs, decided, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """The figures of one run under P policies.

    Parameters
    ----------
    nations : ndarray, shape (P, L, C, F)
        Of L launches and C nations, as `nation_figures` gives them: each in its own unit.
    warning_time_s : ndarray, shape (P, places)
        From the notice to the true arrival at each of the scenario's places; nan where no notice was given.
    own : tuple of dict
        Of each policy what the user's own figures gave, as `own_figures` gives it.
    """

    nations: np.ndarray
    warning_time_s: np.ndarray
    own: tuple[dict[OwnKey, float], ...]


def run_figures(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, *, seed: int, run: int,
    figures: Sequence[Figure] = (),
) -> RunFigures:  # fmt: skip
    """The figures of one run under several policies, on the same noise: what `compare` and `sweep` collect.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy
        P policies.
    prepared : Prepared
    seed, run : int
    figures : sequence of Figure
        Of the user's own, besides.

    Returns
    -------
    RunFigures

    Raises
    ------
    PluginError
        If a figure of the user's own fails.
    """
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    done = _with_predictions(scenario, policies, prepared, noise)
    return RunFigures(
        nations=np.stack([nation_figures(each, predicted) for each, predicted in done]),
        warning_time_s=np.stack([each.warning_time_s for each, _ in done]),
        own=tuple(own_figures(each, figures) for each, _ in done),
    )
