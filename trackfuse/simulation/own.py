"""What the centres of a run make of their own plots: the same under all policies under which they have the same."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trackfuse import tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.sensing import measure, registration_gradient
from trackfuse.sharing import Exchange
from trackfuse.simulation.prepare import Noise, Prepared
from trackfuse.simulation.run import Plots
from trackfuse.tracking import Tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Plots of a run, and the tracks that each centre makes of those that it has.

    Parameters
    ----------
    exchange : Exchange
    plots : Plots
    local : Tracks
        At N nodes and J cycles.
    systematic : ndarray, shape (N, J, 6, 6), or None
        The part of their covariance that registration errors have; None where no sensor states any.
    """

    exchange: Exchange
    plots: Plots
    local: Tracks
    systematic: np.ndarray | None


def own_of(scenario: Scenario, prepared: Prepared, noise: Noise, exchange: Exchange, like: Own | None = None) -> Own:
    """Work out what the centres make of their own plots.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    noise : Noise
    exchange : Exchange
        Who detects what, who is told what and when.
    like : Own, optional
        The same of another exchange with the same noise: taken over where every centre has the same plots at the same
        times, as under policies that share tracks or warnings only.

    Returns
    -------
    Own
    """
    if like is not None and _same_plots(exchange, like.exchange):
        return replace(like, exchange=exchange)
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
    return Own(exchange=exchange, plots=plots, local=local, systematic=systematic)


def _same_plots(one: Exchange, other: Exchange) -> bool:
    """Whether the same looks detect, equally cued, and every centre has them and its first track at the same times."""
    rows = np.flatnonzero(one.detected)
    return (
        np.array_equal(one.detected, other.detected)
        and np.array_equal(one.cued[rows], other.cued[rows])
        and np.array_equal(one.confirmed_s, other.confirmed_s)
        and np.array_equal(one.plot_received_s[rows], other.plot_received_s[rows])
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
