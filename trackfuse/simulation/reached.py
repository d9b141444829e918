"""What reached whom: when the content of a plot is at a centre, as a plot or inside another centre's report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from trackfuse.flight import state_at
from trackfuse.kernels.filter import DRAG_TIME_S
from trackfuse.kernels.motion import drag_rate
from trackfuse.scoring.bound import bound, drag_gradient, information, measurement_jacobian, transitions, white_noise

if TYPE_CHECKING:
    from trackfuse.simulation.run import Simulation


def content_received_s(run: Simulation) -> np.ndarray:
    """When each centre first held what a plot tells, in whatever form.

    Parameters
    ----------
    run : Simulation

    Returns
    -------
    ndarray, shape (m, N)
        Seconds after launch for m plots and N nodes: the plot itself, or the first report received from a centre that
        had the plot when it reported; inf if never.
    """
    cycles = run.prepared.cycle_s
    plots = run.exchange.plot_received_s[run.plots.look]
    arrival = np.minimum(run.exchange.track_received_s, run.exchange.warning_received_s)
    # Of the reports from a cycle on, the first to arrive; none after the last cycle.
    soonest = np.minimum.accumulate(arrival[:, :, ::-1], axis=2)[:, :, ::-1]
    soonest = np.concatenate([soonest, np.full((*soonest.shape[:2], 1), np.inf)], axis=2)
    held = plots.copy()
    for origin in range(plots.shape[1]):
        report = np.searchsorted(cycles, plots[:, origin], side="left")
        held = np.minimum(held, soonest[origin][:, report].T)
    return held


def bounds(
    run: Simulation,
    after_s: float = -np.inf,
    centres: Sequence[int] | None = None,
    drag_sigma: float = 0.0,
    process_noise: bool = False,
) -> np.ndarray:
    """Cramer-Rao bound of every centre's track, given what had reached it by each cycle.

    Parameters
    ----------
    run : Simulation
    after_s : float
        Plots measured up to then do not count, s. The bound takes thrust as known; one that may use nothing from before
        burn-out does not.
    centres : sequence of int, optional
        The nodes wanted; default all.
    drag_sigma : float
        How well drag is known beforehand: the standard deviation of its logarithm; 0: exactly. Of what falls freely
        after `after_s`.
    process_noise : bool
        Whether what falls freely after `after_s` is pushed as the tracker's settings have it: by white acceleration,
        and in the air by a share of the drag assumed, in any direction. The bound of whoever knows of the motion what
        the tracker states, no more.

    Returns
    -------
    ndarray, shape (len(centres), J, 6, 6)
        Least covariance, ECEF, SI; nan while the state is not observable. Reports count with all the information of the
        plots behind them, so that it bounds any way of fusing.
    """
    looks, plots, flight = run.looks, run.plots, run.flight
    at = looks.t_s[plots.look]
    instants = np.concatenate([at, run.prepared.cycle_s])
    order = np.argsort(instants, kind="stable")
    transition = np.empty((len(instants), 6, 6))
    path = (flight.t_s, flight.position_m, flight.velocity_mps)
    transition[order] = transitions(*path, instants[order])
    prior = None
    if drag_sigma > 0.0:
        gradient = np.empty((len(instants), 6))
        gradient[order] = drag_gradient(*path, after_s, instants[order])
        transition = np.concatenate([transition, gradient[:, :, None]], axis=2)
        prior = np.diag(np.r_[np.zeros(6), drag_sigma**-2])
    noise = None
    if process_noise:
        unknown = np.zeros((len(instants), *[transition.shape[2]] * 2))
        unknown[:, :6, :6] = white_noise(*path, _stated_density(run, after_s), instants)
        noise = (unknown[: len(at)], unknown[len(at) :])
    state = state_at(flight, at)
    relative = state[:, 3:] - looks.site_velocity_mps(plots.look)
    jacobian = measurement_jacobian(*looks.frames(plots.look), state[:, :3], relative)
    pieces = np.where((at > after_s)[:, None, None], information(transition[: len(at)], jacobian, plots.sigma), 0.0)
    held = content_received_s(run) if centres is None else content_received_s(run)[:, centres]
    return bound(pieces, held, run.prepared.cycle_s, transition[len(at) :], prior, noise)


def _stated_density(run: Simulation, after_s: float) -> np.ndarray:
    """White acceleration that the tracker states of free fall, m^2/s^3 an axis, at every instant of the flight."""
    flight, stated = run.flight, run.scenario.tracker
    speed = np.linalg.norm(flight.velocity_mps, axis=1)
    rate = [drag_rate(*x, v, 1.0 / stated.beta_kgpm2) for x, v in zip(flight.position_m, speed, strict=True)]
    density = stated.coast_psd + (stated.air_fraction * np.array(rate) * speed) ** 2 * DRAG_TIME_S
    return np.where(flight.t_s > after_s, density, 0.0)
