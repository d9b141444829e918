"""Posterior Cramer-Rao bound of tracking: how well anybody could know the target from what was received.

The motion is taken as known but for six numbers, the state at lift-off: thrust and drag are known functions of time.
That makes it a lower bound for every tracker, and an optimistic one while the engine burns. Information is then
additive in the measurements, whatever their order of arrival: Taylor (1979); Tichavsky, Muravchik & Nehorai (1998).
What is known beforehand of a further number, such as the drag, is information like a measurement's: Van Trees (1968),
2.4. With process noise it is the bound of whoever does not know what pushes the target but how hard it may:
information is then forgotten between measurements, which count in their order (the recursion of Tichavsky et al.).
"""

import numpy as np

from trackfuse.kernels import bound as kernel
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.motion import AIR_RADIUS2


def transitions(t_s: np.ndarray, position_m: np.ndarray, velocity_mps: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """State-transition matrices from lift-off to given instants along a flight.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Instants of the flight, seconds after lift-off.
    position_m, velocity_mps : ndarray, shape (n, 3)
        ECEF position and velocity.
    at_s : ndarray, shape (m,)
        Instants wanted, in order.

    Returns
    -------
    ndarray, shape (m, 6, 6)
        d(state at the instant) / d(state at lift-off), ECEF, of m and m/s. To 1e-6 relative against finite differences.
    """
    out = np.empty((len(at_s), 6, 6))
    kernel.transitions(t_s, position_m, velocity_mps, np.ascontiguousarray(at_s, dtype=float), out)
    return out


def drag_gradient(
    t_s: np.ndarray, position_m: np.ndarray, velocity_mps: np.ndarray, after_s: float, at_s: np.ndarray
) -> np.ndarray:
    """How the state at given instants of a free fall depends on the logarithm of the drag.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Instants of the flight, seconds after lift-off.
    position_m, velocity_mps : ndarray, shape (n, 3)
        ECEF position and velocity. What of their change is not gravity counts as drag.
    after_s : float
        Since when it falls, s; the state then counts as given.
    at_s : ndarray, shape (m,)
        Instants wanted, in order, s; zero before `after_s`.

    Returns
    -------
    ndarray, shape (m, 6)
        d(state at the instant) / d(logarithm of the drag), SI. Drag itself counts as a known function of time times
        that one factor, as in `transitions`.
    """
    air = (t_s > after_s) & (np.sum(position_m**2, axis=1) < AIR_RADIUS2)
    falling = [coast_acceleration(*x, *v) for x, v in zip(position_m[air], velocity_mps[air], strict=True)]
    push = np.zeros((air.sum(), 6))
    push[:, 3:] = np.gradient(velocity_mps, t_s, axis=0)[air] - np.reshape(falling, (-1, 3))
    # Variation of constants: what drag does in every step, brought back to lift-off, added up and brought forward.
    back = np.zeros((len(t_s), 6))
    back[air] = np.linalg.solve(transitions(t_s, position_m, velocity_mps, t_s[air]), push[:, :, None])[:, :, 0]
    return np.einsum("mij,mj->mi", transitions(t_s, position_m, velocity_mps, at_s), _integral(t_s, back, at_s))


def _integral(t_s: np.ndarray, rate: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Integral (m, k) of a rate (n, k) from the first instant on, by the trapezoidal rule."""
    steps = 0.5 * (rate[1:] + rate[:-1]) * np.diff(t_s)[:, None]
    total = np.concatenate([np.zeros((1, rate.shape[1])), np.cumsum(steps, axis=0)])
    return np.stack([np.interp(at_s, t_s, column) for column in total.T], axis=1)


def white_noise(
    t_s: np.ndarray, position_m: np.ndarray, velocity_mps: np.ndarray, density_m2ps3: np.ndarray, at_s: np.ndarray
) -> np.ndarray:
    """Process noise of white acceleration along a flight, added up and brought back to lift-off.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Instants of the flight, seconds after lift-off.
    position_m, velocity_mps : ndarray, shape (n, 3)
        ECEF position and velocity.
    density_m2ps3 : ndarray, shape (n,)
        Spectral density of each axis of the acceleration.
    at_s : ndarray, shape (m,)
        Instants wanted, s.

    Returns
    -------
    ndarray, shape (m, 6, 6)
        Covariance (m^2, m^2/s and m^2/s^2) of the state at lift-off that would have done to the state at the instant
        what the noise up to then did. Trapezoidal rule over the flight's instants.
    """
    moved = np.linalg.inv(transitions(t_s, position_m, velocity_mps, t_s))[:, :, 3:]
    rate = density_m2ps3[:, None, None] * (moved @ np.swapaxes(moved, 1, 2))
    return _integral(t_s, rate.reshape(-1, 36), at_s).reshape(-1, 6, 6)


def measurement_jacobian(
    site_m: np.ndarray, enu_from_ecef: np.ndarray, position_m: np.ndarray, velocity_mps: np.ndarray
) -> np.ndarray:
    """Derivatives of range, azimuth, elevation and range rate with respect to ECEF position and velocity.

    Parameters
    ----------
    site_m : ndarray, shape (m, 3)
        ECEF position of the sensor of each measurement, m.
    enu_from_ecef : ndarray, shape (m, 3, 3)
        Rotation into its east, north and up. No unit.
    position_m : ndarray, shape (m, 3)
        ECEF position of the target, m.
    velocity_mps : ndarray, shape (m, 3)
        Its ECEF velocity relative to the sensor, m/s.

    Returns
    -------
    ndarray, shape (m, 4, 6)
        Rows range (m), azimuth and elevation (rad), and range rate (m/s), which alone depends on velocity.
    """
    east, north, up = np.einsum("mij,mj->mi", enu_from_ecef, position_m - site_m).T
    ground2 = east**2 + north**2
    ground, distance2 = np.sqrt(ground2), ground2 + up**2
    distance, zero = np.sqrt(distance2), np.zeros_like(up)
    local = np.stack(
        [
            np.stack([east, north, up], axis=1) / distance[:, None],
            np.stack([north, -east, zero], axis=1) / ground2[:, None],
            np.stack([-east * up / ground, -north * up / ground, ground], axis=1) / distance2[:, None],
        ],
        axis=1,
    )
    jacobian = np.zeros((len(position_m), 4, 6))
    jacobian[:, :3, :3] = local @ enu_from_ecef
    sight = jacobian[:, 0, :3]
    closing = np.sum(sight * velocity_mps, axis=1, keepdims=True)
    jacobian[:, 3, :3] = (velocity_mps - closing * sight) / distance[:, None]
    jacobian[:, 3, 3:] = sight
    return jacobian


def information(transition: np.ndarray, jacobian: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Fisher information of single measurements about the state at the common reference instant.

    Parameters
    ----------
    transition : ndarray, shape (m, 6, k)
        From the reference instant to that of each measurement; k is 6, or more where further numbers are unknown, whose
        gradients are the last columns. Of states in m and m/s.
    jacobian : ndarray, shape (m, d, 6)
        Gradients of d numbers measured, in their units by m and by m/s.
    sigma : ndarray, shape (m, d)
        Standard deviations; inf for what is not measured.

    Returns
    -------
    ndarray, shape (m, k, k)
        Inverse of a covariance in m^2, m^2/s and m^2/s^2.

    Notes
    -----
    Gaussian errors that are independent: Van Trees (1968), 2.4.
    """
    rows = (jacobian @ transition) / sigma[:, :, None]
    return np.swapaxes(rows, 1, 2) @ rows


def bound(
    pieces: np.ndarray,
    received_s: np.ndarray,
    cycle_s: np.ndarray,
    to_cycle: np.ndarray,
    prior: np.ndarray | None = None,
    noise: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Bound on the covariance at every node and cycle, from what the node has received by then.

    Parameters
    ----------
    pieces : ndarray, shape (m, k, k)
        Information of each measurement about the state at the reference instant (see `information`), the inverse of a
        covariance in m^2, m^2/s and m^2/s^2; multiply by the detection probability for the information-reduction bound
        of looks instead of detections. In order of measurement where there is process noise.
    received_s : ndarray, shape (m, N)
        When each node received each measurement; inf if never.
    cycle_s : ndarray, shape (J,)
        Instants, in order.
    to_cycle : ndarray, shape (J, 6, k)
        Transition from the reference instant to each cycle. Of ECEF states in m and m/s.
    prior : ndarray, shape (k, k), optional
        Information beforehand; none by default. Inverse of a covariance in m^2, m^2/s and m^2/s^2.
    noise : tuple of ndarray, shapes (m, k, k) and (J, k, k), optional
        Process noise from the reference instant to each measurement and to each cycle, brought back to that instant
        (see `white_noise`); none by default. In m^2, m^2/s and m^2/s^2.

    Returns
    -------
    ndarray, shape (N, J, 6, 6)
        Least covariance, ECEF, m^2, m^2/s and m^2/s^2; nan while the state is not observable.

    Notes
    -----
    Taylor (1979) without process noise; Tichavsky, Muravchik & Nehorai (1998) with it.
    """
    nodes, cycles, k = received_s.shape[1], len(cycle_s), to_cycle.shape[2]
    beforehand = np.zeros((k, k)) if prior is None else prior
    out = np.full((nodes, cycles, 6, 6), np.nan)
    for node in range(nodes):
        # Each measurement counts from the first cycle at or after its reception.
        if noise is None:
            order = np.argsort(received_s[:, node], kind="stable")
            gathered = np.concatenate([np.zeros((1, k, k)), np.cumsum(pieces[order], axis=0)]) + beforehand
            total = gathered[np.searchsorted(received_s[order, node], cycle_s, side="right")]
        else:
            total = np.empty((cycles, k, k))
            kernel.noisy(pieces, received_s[:, node].copy(), noise[0], cycle_s, noise[1], beforehand, total)
        scale = np.sqrt(np.maximum(np.einsum("jii->ji", total), 1e-300))
        correlation = total / (scale[:, :, None] * scale[:, None, :])
        known = np.linalg.eigvalsh(correlation)[:, 0] > 1e-13
        inverse = np.linalg.inv(correlation[known]) / (scale[known][:, :, None] * scale[known][:, None, :])
        out[node, known] = to_cycle[known] @ inverse @ np.swapaxes(to_cycle[known], 1, 2)
    return out
