"""fly -> observe -> deliver -> track -> fuse -> predict -> warn, for one run under one policy or several."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from trackfuse import sharing, tracking
from trackfuse.catalog.catalog import data_hash, load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.sharing import Exchange, Policy
from trackfuse.simulation.decide import Known, decide, known_of, known_under
from trackfuse.simulation.figures import apogee_cycle, nation_figures
from trackfuse.simulation.own import Own, own_of
from trackfuse.simulation.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.simulation.run import Plots, Simulation
from trackfuse.simulation.several_run import simulate_several
from trackfuse.tracking import Tracks
from trackfuse.warning import Notices


def simulate(
    scenario: Scenario | str, policy: Policy | str = "trilateral", *, seed: int = 0, run: int = 0
) -> Any:
    """Simulate one run of a scenario under a sharing policy.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    policy : Policy or str
        A policy of the scenario by name, or a changed one: `replace(scenario.policy("trilateral"), latency_s=5)`.
    seed : int
        The study's seed.
    run : int
        Number of the run; another number is another draw of all noise.

    Returns
    -------
    Simulation or Several
        The same bits for the same arguments. Several for a salvo, or where debris is seen.

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
    if chosen.several:
        return simulate_several(chosen, picked, seed=seed, run=run)
    prepared = prepare(chosen)
    noise = draw_noise(chosen, prepared, seed=seed, run=run)
    return run_once(chosen, picked, prepared, noise, seed=seed, run=run)


def simulate_each(scenario: Scenario, policies: Sequence[Policy | str], *, seed: int = 0, run: int = 0) -> list[Any]:
    """Simulate one run of a scenario under several sharing policies, on the same noise.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy or str
    seed, run : int
        As in `simulate`.

    Returns
    -------
    list of Simulation or of Several
        To the bit what `simulate` gives for each, sooner: what centres make of their own plots is worked out once for
        all policies under which they have the same, and notices are decided on while tracks are fused.

    Raises
    ------
    ScenarioError, FlightError
        As in `simulate`.
    """
    picked = [scenario.policy(policy) for policy in policies]
    check_seed(seed)
    if scenario.several:
        return [simulate_several(scenario, policy, seed=seed, run=run) for policy in picked]
    prepared = prepare(scenario)
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    decided = _decider(scenario, prepared, noise)
    owns: list[Own] = []
    given: list[Future[Notices]] = []
    with ThreadPoolExecutor(1) as beside:
        for own in _owns(scenario, picked, prepared, noise, seed=seed, run=run):
            owns.append(own)
            given.append(beside.submit(decided, own))
        fused = [_fused(scenario, prepared, noise, own) for own in owns]
        notices = [each.result() for each in given]
    return _simulations(scenario, picked, prepared, owns, fused, notices, seed=seed, run=run)


def run_figures(
    scenario: Scenario, policies: tuple[Policy, ...], prepared: Prepared, *, seed: int, run: int
) -> tuple[np.ndarray, np.ndarray]:
    """The figures of one run under several policies, on the same noise: what `compare` and `sweep` collect.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
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
    at = apogee_cycle(prepared)
    done = run_each(scenario, policies, prepared, noise, seed=seed, run=run, only=at)
    return np.stack([nation_figures(s) for s in done]), np.stack([s.notices_given.warning_time_s for s in done])


def run_once(
    scenario: Scenario,
    policy: Policy,
    prepared: Prepared,
    noise: Noise,
    *,
    seed: int,
    run: int,
    only: int | None = None,
) -> Simulation:
    """One run with the flight, the looks and the noise at hand: what `simulate` and `compare` share.

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
    Simulation
        Arrays of the shapes given there.
    """
    return run_each(scenario, [policy], prepared, noise, seed=seed, run=run, only=only)[0]


def run_each(
    scenario: Scenario,
    policies: Sequence[Policy],
    prepared: Prepared,
    noise: Noise,
    *,
    seed: int,
    run: int,
    only: int | None = None,
) -> list[Simulation]:
    """One run under several policies, on the same noise: as `run_once` gives each, in one thread.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy
    prepared : Prepared
    noise : Noise
    seed, run : int
    only : int, optional
        As in `run_once`.

    Returns
    -------
    list of Simulation
    """
    owns = list(_owns(scenario, policies, prepared, noise, seed=seed, run=run))
    fused = [_fused(scenario, prepared, noise, own, only) for own in owns]
    notices = list(map(_decider(scenario, prepared, noise), owns))
    return _simulations(scenario, policies, prepared, owns, fused, notices, seed=seed, run=run)


def _simulations(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, owns: list[Own], fused: list[Tracks],
    notices: list[Notices], *, seed: int, run: int,
) -> list[Simulation]:  # fmt: skip
    return [
        Simulation(
            scenario=scenario,
            policy=policy,
            seed=seed,
            run=run,
            version=__version__,
            data_hash=data_hash(),
            prepared=prepared,
            plots=own.plots,
            exchange=own.exchange,
            local=own.local,
            fused=tracks,
            notices_given=given,
        )
        for policy, own, tracks, given in zip(policies, owns, fused, notices, strict=True)
    ]


def _owns(
    scenario: Scenario, policies: Sequence[Policy], prepared: Prepared, noise: Noise, *, seed: int, run: int
) -> Iterator[Own]:
    """What the centres make of their own plots under each policy; one object's arrays where it is the same."""
    own = None
    for policy in policies:
        exchange = deliver(scenario, policy, prepared, noise, seed=seed, run=run)
        own = own_of(scenario, prepared, noise, exchange, like=own)
        yield own


def _fused(scenario: Scenario, prepared: Prepared, noise: Noise, own: Own, only: int | None = None) -> Tracks:
    return tracking.fuse(
        own.local,
        track_received_s=own.exchange.track_received_s,
        warning_received_s=own.exchange.warning_received_s,
        cycle_times=prepared.cycle_s,
        report_normal=noise.report_normal,
        settings=scenario.tracker,
        plot_received_s=own.exchange.plot_received_s[own.plots.look],
        systematic=own.systematic,
        only=only,
    )


def _decider(scenario: Scenario, prepared: Prepared, noise: Noise) -> Callable[[Own], Notices]:
    """What gives the notices of one policy after another; impact is predicted once where own tracks are the same."""
    last: tuple[Own, Known] | None = None

    def decided(own: Own) -> Notices:
        nonlocal last
        if last is not None and own.local is last[0].local:
            known = known_under(last[1], own.exchange)
        else:
            known = known_of(scenario, prepared, own.exchange, own.local, noise)
        last = own, known
        return decide(known, scenario.nodes, scenario.places, scenario.rule, prepared.arrival_s)

    return decided


def tracked(
    scenario: Scenario,
    policy: Policy,
    prepared: Prepared,
    noise: Noise,
    *,
    seed: int,
    run: int,
    only: int | None = None,
) -> tuple[Exchange, Plots, Tracks, Tracks]:
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
    (Exchange, Plots, Tracks, Tracks)
        Every node's own tracks, and the fused ones.
    """
    (own,) = _owns(scenario, [policy], prepared, noise, seed=seed, run=run)
    return own.exchange, own.plots, own.local, _fused(scenario, prepared, noise, own, only)


def deliver(scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, *, seed: int, run: int) -> Exchange:
    """Who detects what, who is told what and when, in one run.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    seed, run : int

    Returns
    -------
    Exchange
        Arrays of the shapes given there.
    """
    looks = prepared.looks
    return sharing.exchange(
        t_s=looks.t_s,
        sensor=looks.sensor,
        number=looks.number,
        home=prepared.home,
        is_infrared=looks.is_infrared,
        sensor_ids=tuple(s.sensor_id for s in scenario.sensors),
        pd=looks.pd,
        uniform=noise.draws.uniform,
        nodes=scenario.nodes,
        policy=policy,
        confirm_plots=scenario.tracker.confirm_plots,
        confirm_window_s=scenario.tracker.confirm_window_s,
        cycle_times=prepared.cycle_s,
        report_delay_s=prepared.report_delay_s,
        seed=seed,
        run=run,
        launch_id=scenario.launch.launch_id,
    )
