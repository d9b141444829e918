"""fly -> observe -> deliver -> track -> fuse -> predict -> warn, for one run."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from trackfuse import sharing, tracking, warning
from trackfuse.sensing import measure
from trackfuse.sharing import Exchange, Policy
from trackfuse.study.catalog import data_hash, load_scenario
from trackfuse.study.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.study.scenario import Scenario
from trackfuse.study.simulation import Plots, Simulation
from trackfuse.tracking import Tracks


@cache
def package_version() -> str:
    """Version of the installed package, or "unknown" in a tree that was never installed."""
    try:
        return version("trackfuse")
    except PackageNotFoundError:
        return "unknown"


def simulate(
    scenario: Scenario | str, policy: Policy | str = "trilateral", *, seed: int = 0, run: int = 0
) -> Simulation:
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
    Simulation
        The same bits for the same arguments.

    Raises
    ------
    ScenarioError
        If the scenario or the policy is not known, or is inconsistent.
    FlightError
        If no flight of the class meets the published apogee and range.
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    prepared = prepare(chosen)
    noise = draw_noise(chosen, prepared, seed=seed, run=run)
    return run_once(chosen, chosen.policy(policy), prepared, noise, seed=seed, run=run)


def run_once(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, *, seed: int, run: int
) -> Simulation:
    """One run with the flight, the looks and the noise at hand: what `simulate` and `compare` share.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    seed, run : int

    Returns
    -------
    Simulation
        Arrays of the shapes given there.
    """
    exchange = _deliver(scenario, policy, prepared, noise, seed=seed, run=run)
    rows = np.flatnonzero(exchange.detected)
    z, sigma = measure(prepared.looks, noise.draws, rows, exchange.cued)
    plots = Plots(look=rows, z=z, sigma=sigma)
    local = _track(scenario, prepared, plots, exchange)
    fused = tracking.fuse(
        local,
        track_received_s=exchange.track_received_s,
        warning_received_s=exchange.warning_received_s,
        cycle_times=prepared.cycle_s,
        report_normal=noise.report_normal,
        settings=scenario.tracker,
    )
    predicted = _to_predict(fused, scenario.tracker.predict_s, scenario.tracker.cycle_s)
    node, cycle = predicted.T
    predictions = warning.predict(
        fused.mean[node, cycle],
        fused.covariance[node, cycle],
        prepared.cycle_s[cycle],
        fused.boosting[node, cycle],
        scenario.tracker,
    )
    notices = warning.notices(
        predictions=predictions,
        node=node,
        t_s=prepared.cycle_s[cycle],
        boosting=fused.boosting[node, cycle],
        nodes=scenario.nodes,
        places=scenario.places,
        rule=scenario.rule,
        confirmed_s=exchange.confirmed_s,
        message_s=exchange.message_s,
        arrival_s=prepared.arrival_s,
        impact_s=prepared.flight.impact_s,
    )
    return Simulation(
        scenario=scenario,
        policy=policy,
        seed=seed,
        run=run,
        version=package_version(),
        data_hash=data_hash(),
        prepared=prepared,
        plots=plots,
        exchange=exchange,
        local=local,
        fused=fused,
        predictions_made=predictions,
        predicted=predicted,
        notices_given=notices,
    )


def _deliver(scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, *, seed: int, run: int) -> Exchange:
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


def _track(scenario: Scenario, prepared: Prepared, plots: Plots, exchange: Exchange) -> Tracks:
    looks = prepared.looks
    return tracking.track(
        plot_t_s=looks.t_s[plots.look],
        plot_sensor=looks.sensor[plots.look],
        z=plots.z,
        sigma=plots.sigma,
        received_s=exchange.plot_received_s[plots.look],
        site_m=looks.site_m,
        enu_from_ecef=looks.enu_from_ecef,
        is_infrared=looks.is_infrared,
        cycle_times=prepared.cycle_s,
        confirmed_s=exchange.confirmed_s,
        settings=scenario.tracker,
    )


def _to_predict(fused: Tracks, predict_s: float, cycle_s: float) -> np.ndarray:
    """Pairs (node, cycle), shape (K, 2), at which impact is predicted anew: every `predict_s` while new plots come in.

    A track that is only carried forward keeps its prediction: in free fall it leads to the same place.
    """
    step = max(1, round(predict_s / cycle_s))
    pairs = []
    for node in range(fused.status.shape[0]):
        tracked = np.flatnonzero(fused.status[node] == 1)
        chosen = tracked[::step]
        newest = fused.last_plot_s[node, chosen]
        fresh = np.r_[True, newest[1:] > newest[:-1]] if chosen.size else np.zeros(0, dtype=bool)
        pairs.append(np.stack([np.full(fresh.sum(), node), chosen[fresh]], axis=1))
    return np.concatenate(pairs).astype(np.int64)
