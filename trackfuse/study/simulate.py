"""fly -> observe -> deliver -> track -> fuse -> predict -> warn, for one run."""

from dataclasses import replace
from typing import Any

import numpy as np

from trackfuse import sharing, tracking
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.sensing import measure, registration_gradient
from trackfuse.sharing import Exchange, Policy
from trackfuse.study.catalog import data_hash, load_scenario
from trackfuse.study.decide import decide, known_of
from trackfuse.study.figures import apogee_cycle, nation_figures
from trackfuse.study.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.study.scenario import Scenario
from trackfuse.study.several_run import simulate_several
from trackfuse.study.simulation import Plots, Simulation
from trackfuse.tracking import Tracks


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
    done = [run_once(scenario, policy, prepared, noise, seed=seed, run=run, only=at) for policy in policies]
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
    exchange, plots, local, fused = tracked(scenario, policy, prepared, noise, seed=seed, run=run, only=only)
    known = known_of(scenario, prepared, exchange, local, noise)
    notices = decide(known, scenario.nodes, scenario.places, scenario.rule, prepared.arrival_s)
    return Simulation(
        scenario=scenario,
        policy=policy,
        seed=seed,
        run=run,
        version=__version__,
        data_hash=data_hash(),
        prepared=prepared,
        plots=plots,
        exchange=exchange,
        local=local,
        fused=fused,
        notices_given=notices,
    )


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
    exchange = deliver(scenario, policy, prepared, noise, seed=seed, run=run)
    rows = np.flatnonzero(exchange.detected)
    z, sigma = measure(prepared.looks, noise.draws, rows, exchange.cued)
    plots = Plots(look=rows, z=z, sigma=sigma)
    given, systematic = measured(prepared, plots, exchange), None
    local = tracking.track(
        **given,
        confirmed_s=exchange.confirmed_s,
        settings=scenario.tracker,
        site_velocity_mps=prepared.looks.site_velocity_mps(plots.look),
    )
    if noise.draws.registration.any() and scenario.tracker.registration == "consider":
        systematic = _considered(given, local, prepared, plots)
        local = replace(local, covariance=local.covariance + systematic)
    fused = tracking.fuse(
        local,
        track_received_s=exchange.track_received_s,
        warning_received_s=exchange.warning_received_s,
        cycle_times=prepared.cycle_s,
        report_normal=noise.report_normal,
        settings=scenario.tracker,
        plot_received_s=exchange.plot_received_s[rows],
        systematic=systematic,
        only=only,
    )
    return exchange, plots, local, fused


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


def measured(prepared: Prepared, plots: Plots, exchange: Exchange) -> dict[str, Any]:
    """A run's plots as `tracking.track` takes them, and the instants at which nodes work.

    Parameters
    ----------
    prepared : Prepared
    plots : Plots
    exchange : Exchange

    Returns
    -------
    dict of str to ndarray
        Arguments by name. Every plot brings where its sensor was when it looked: ships move.
    """
    looks = prepared.looks
    site_m, enu_from_ecef = looks.frames(plots.look)
    return {
        "plot_t_s": looks.t_s[plots.look],
        "plot_sensor": np.arange(len(plots.look)),
        "z": plots.z,
        "sigma": plots.sigma,
        "received_s": exchange.plot_received_s[plots.look],
        "site_m": site_m,
        "enu_from_ecef": enu_from_ecef,
        "is_infrared": looks.is_infrared[looks.sensor[plots.look]],
        "cycle_times": prepared.cycle_s,
    }


def _considered(given: dict[str, Any], local: Tracks, prepared: Prepared, plots: Plots) -> np.ndarray:
    looks = prepared.looks
    gradient = registration_gradient(looks, plots.look)
    return tracking.registration_part(local, **given, gradient=gradient, source=looks.sensor[plots.look])
