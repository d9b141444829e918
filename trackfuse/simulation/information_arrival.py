"""What information reached whom: when the content of a detection is at a centre, as itself or inside another centre's
report; and the bound that follows from it.
"""

from collections.abc import Sequence

import numpy as np

from trackfuse.flight import Flight, state_at
from trackfuse.kernels.filter import DRAG_TIME_S
from trackfuse.kernels.motion import drag_rate
from trackfuse.scoring.bound import bound, drag_gradient, information, measurement_jacobian, transitions, white_noise
from trackfuse.simulation.outcome import Outcome
from trackfuse.tracking import TrackerSettings


def content_received_s(run: Outcome) -> np.ndarray:
    """When each centre first held what a detection says, in whatever form.

    Parameters
    ----------
    run : Outcome

    Returns
    -------
    ndarray, shape (m, N)
        Seconds after launch for m detections and N nodes: the detection itself, or the first report received from a
        centre that had it when it reported; inf if never.
    """
    cycles, received = run.prepared.cycle_s, run.deliveries.received_s
    arrival = np.minimum(run.deliveries.track_received_s, run.deliveries.warning_received_s)
    # Of the reports from a cycle on, the first to arrive; none after the last cycle.
    soonest = np.minimum.accumulate(arrival[:, :, ::-1], axis=2)[:, :, ::-1]
    soonest = np.concatenate([soonest, np.full((*soonest.shape[:2], 1), np.inf)], axis=2)
    held = received.copy()
    for origin in range(received.shape[1]):
        report = np.searchsorted(cycles, received[:, origin], side="left")
        held = np.minimum(held, soonest[origin][:, report].T)
    return held


def bounds(
    run: Outcome,
    after_s: float = -np.inf,
    centres: Sequence[int] | None = None,
    drag_sigma: float = 0.0,
    process_noise: bool = False,
) -> np.ndarray:
    """Cramer-Rao bound of fused tracks, given what had reached their centre by each cycle.

    Parameters
    ----------
    run : Outcome
    after_s : float
        Detections measured up to then do not count, s. The bound takes thrust as known; one that may use nothing from
        before burn-out does not.
    centres : sequence of int, optional
        The nodes whose tracks are wanted; default all.
    drag_sigma : float
        How well drag is known beforehand: the standard deviation of its logarithm; 0: exactly. Of what falls freely
        after `after_s`.
    process_noise : bool
        Whether what falls freely after `after_s` is pushed as the tracker's settings have it: by white acceleration,
        and in the air by a share of the drag assumed, in any direction. The bound of whoever knows of the motion what
        the tracker states, no more.

    Returns
    -------
    ndarray, shape (E, J, 6, 6)
        Least covariance, ECEF, SI, of the E fused tracks of the centres, in that order; nan while the state of the
        object that the track follows is not observable, and where it follows none. All detections of the object count,
        reports with all the information of the detections behind them: it bounds any way of associating and fusing.
    """
    listed = range(len(run.scenario.nodes)) if centres is None else centres
    none = np.empty(0, dtype=np.int64)
    wanted = np.concatenate([none, *(run.fused.of(node) for node in listed)])
    node, objects = run.fused.node[wanted], run.objects[wanted]
    out = np.full((len(node), len(run.prepared.cycle_s), 6, 6), np.nan)
    held = content_received_s(run)
    for true in np.unique(objects[objects >= 0]):
        rows = np.flatnonzero(objects == true)
        of_nodes, which = np.unique(node[rows], return_inverse=True)
        up = np.isfinite(run.prepared.truth[true, :, 0])
        least = _of_object(run, int(true), held[:, of_nodes], up, (after_s, drag_sigma, process_noise))
        out[np.ix_(rows, up)] = least[which]
    return out


def _of_object(
    run: Outcome, true: int, held: np.ndarray, up: np.ndarray, known: tuple[float, float, bool]
) -> np.ndarray:
    """The bound of one object at the cycles at which it is up, for nodes that hold its detections by `held` (m, N)."""
    after_s, drag_sigma, process_noise = known
    target = run.prepared.targets[true]
    mine = np.flatnonzero(run.measurements.truth == true)
    made, flight, lift_off = run.measurements.select(mine), target.flight, target.lift_off_s
    at, cycle_s = made.t_s - lift_off, run.prepared.cycle_s[up] - lift_off
    instants = np.concatenate([at, cycle_s])
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
        unknown[:, :6, :6] = white_noise(*path, _stated_density(flight, run.prepared.tracker, after_s), instants)
        noise = (unknown[: len(at)], unknown[len(at) :])
    state = state_at(flight, at)
    relative = state[:, 3:] - made.site_velocity_mps
    jacobian = measurement_jacobian(made.site_m, made.enu_from_ecef, state[:, :3], relative)
    pieces = np.where((at > after_s)[:, None, None], information(transition[: len(at)], jacobian, made.sigma), 0.0)
    return bound(pieces, held[mine] - lift_off, cycle_s, transition[len(at) :], prior, noise)


def _stated_density(flight: Flight, stated: TrackerSettings, after_s: float) -> np.ndarray:
    """White acceleration that the tracker states of free fall, m^2/s^3 an axis, at every instant of the flight."""
    speed = np.linalg.norm(flight.velocity_mps, axis=1)
    rate = [drag_rate(*x, v, 1.0 / stated.beta_kgpm2) for x, v in zip(flight.position_m, speed, strict=True)]
    density = stated.coast_psd + (stated.air_fraction * np.array(rate) * speed) ** 2 * DRAG_TIME_S
    return np.where(flight.t_s > after_s, density, 0.0)
