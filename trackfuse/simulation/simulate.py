"""fly -> observe -> deliver -> track -> fuse -> predict -> warn, for one run under one policy or several."""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np

from trackfuse.catalog.catalog import data_hash, load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.sharing import Policy
from trackfuse.simulation.decide import decide_each
from trackfuse.simulation.figures import apogee_cycle, nation_figures
from trackfuse.simulation.fused_tracks import cluster, fuse
from trackfuse.simulation.local_tracks import Tracked
from trackfuse.simulation.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.simulation.release import deliver_and_track
from trackfuse.simulation.run import Run


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
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
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
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, noise: Noise, *, only: int | None = None,
    beside: Executor | None = None,
) -> list[Run]:  # fmt: skip
    """One run under several policies, with the flights, the looks and the noise at hand.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy
    prepared : Prepared
    noise : Noise
    only : int, optional
        The one cycle at which fused tracks are wanted; they may be missing at the others. None: all.
    beside : Executor, optional
        Decides on notices while tracks are fused. None: all in this thread.

    Returns
    -------
    list of Run
        The same bits for the same arguments, with or without a second thread.
    """
    own: list[Tracked] = []
    for policy in policies:
        own.append(deliver_and_track(scenario, policy, prepared, noise, own[-1] if own else None))
    clustered = [cluster(scenario, prepared, each) for each in own]
    deciding = beside.submit(decide_each, scenario, prepared, noise, own, clustered) if beside else None
    fused = [fuse(scenario, prepared, each, of.clusters, only) for each, of in zip(own, clustered, strict=True)]
    announced = deciding.result() if deciding else decide_each(scenario, prepared, noise, own, clustered)
    return [
        Run(
            scenario=scenario, policy=policy, seed=noise.seed, run=noise.run, version=__version__,
            data_hash=data_hash(), present=noise.present, prepared=prepared, measurements=each.delivered.measurements,
            deliveries=each.delivered.deliveries, knowledge=each.delivered.knowledge, local_tracks=each.local,
            clusters=of.clusters, fused=tracks, objects=of.objects, follows=of.follows, launch_notices=notices,
        )
        for policy, each, of, tracks, notices in zip(policies, own, clustered, fused, announced, strict=True)
    ]  # fmt: skip


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
    figures : ndarray, shape (P, C, 6)
        Of C nations, as `nation_figures` gives them.
    warning_time_s : ndarray, shape (P, places)
        From the notice to the true arrival at each of the scenario's places; nan where no notice was given.
    """
    # Figures of one object need its fused track at the apogee alone; of several objects, at every cycle.
    at = apogee_cycle(prepared, 0) if prepared.known and len(prepared.targets) == 1 else None
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    done = run_each(scenario, policies, prepared, noise, only=at)
    return np.stack([nation_figures(each) for each in done]), np.stack([each.warning_time_s for each in done])
