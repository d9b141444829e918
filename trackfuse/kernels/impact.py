"""Where and when a track comes down, how well that is known, and the ground it passes over.

Variational equations are a leapfrog in free fall, and Runge-Kutta with drag; sensitivities (6, 6) have a column for
each component of the Earth-fixed state. What is not known of the ballistic coefficient is far from small: light objects
are braked more than in proportion. Its share is therefore that of three falls: with the coefficient assumed, and with
those that one in twenty falls below and above. Their weighted mean is the law's; its spread is that of the normal law
with the same share between the outer two. Its standard deviation would put two thirds of all falls into half a region.

Source: Montenbruck & Gill, Satellite Orbits (2000), 7.2; Pearson & Tukey (1965), Biometrika 52, for the weights.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS as W
from trackfuse.core.constants import SEMI_MAJOR_M, Z95
from trackfuse.kernels import flight
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.fall import (
    DRAG_M,
    MAX_STEPS,
    coast_move,
    drag_move,
    drop,
    earth_fixed,
    height,
    land,
    next_coast,
    next_drag,
    put,
    stays_up,
    surface_radius,
)
from trackfuse.kernels.geodesy import beside, geodetic_from_ecef, local, surface_below
from trackfuse.kernels.gravity import position_gradient
from trackfuse.kernels.jit import njit

HIT, NO_IMPACT, UNUSABLE = 0, 1, 2
TAIL = 0.185
"""Weight of the 5 % and of the 95 % point in a mean (Pearson & Tukey)."""
LOW_M = 65e3
"""What stays below this height may pull up: so did whatever is said in data/launches.csv to have done so (but for one
salvo of several kinds), with apogees of 60 km at most, published in steps of ten. Much that flew as low is not said to
have done so, nor that it could not."""


class Body(NamedTuple):
    """What falls: one over its ballistic coefficient (m^2/kg), the standard deviation of the coefficient's logarithm,
    and the greatest lift-to-drag ratio of what coasts and stays low."""

    inverse_beta: float
    drag_fraction: float
    lift: float


class Impacts(NamedTuple):
    """Where and when K tracks come down; nan where they do not. The fields of `warning.Predictions`, with `time_s` from
    the tracks' instant on."""

    lat_rad: np.ndarray
    lon_rad: np.ndarray
    time_s: np.ndarray
    covariance: np.ndarray
    status: np.ndarray
    ground_m: np.ndarray
    ground_sigma_m: np.ndarray


class Scratch(NamedTuple):
    """One fall, in the inertial frame.

    `state` (6,) is that reached, `last` (6,) that before the step; `sensitivities` (6, 6) are by the components of the
    Earth-fixed state at the start; `path` (steps, 5) is the way, as `note` writes it; `entry` (7,) the state and
    seconds from which on drag matters. The rest is used within a step."""

    state: np.ndarray
    last: np.ndarray
    sensitivities: np.ndarray
    path: np.ndarray
    entry: np.ndarray
    gradient: np.ndarray
    partials: np.ndarray
    slopes: np.ndarray


class Nominal(NamedTuple):
    """The impact with the ballistic coefficient assumed and without lift: ECEF (m), rad, and seconds to it."""

    x: float
    y: float
    z: float
    lat: float
    lon: float
    seconds: float


@njit
def coast_step(s, phi, gradient, h):
    """Advance state `s` (6,) and sensitivities `phi` in free fall by `h` seconds, in the inertial frame."""
    x, y, z = coast_move(s, h)
    inertial_gradient(x, y, z, gradient)
    for i in range(3):
        for c in range(6):
            phi[i, c] += 0.5 * h * phi[i + 3, c]
    for i in range(3):
        for c in range(6):
            phi[i + 3, c] += h * (gradient[i, 0] * phi[0, c] + gradient[i, 1] * phi[1, c] + gradient[i, 2] * phi[2, c])
    for i in range(3):
        for c in range(6):
            phi[i, c] += 0.5 * h * phi[i + 3, c]


@njit
def inertial_gradient(x, y, z, out):
    """Write the gradient (3, 3) of gravitation (1/s^2)."""
    position_gradient(x, y, z, out)
    out[0, 0] -= W * W
    out[1, 1] -= W * W


@njit
def linearise(state, air, steepness, inverse_beta, out):
    """Write the partials (3, 6) of the acceleration with drag, by position and velocity.

    `air` (kg/m^3) is the density there and `steepness` (1/m) the change of its logarithm with height.
    """
    x, y, z, vx, vy, vz = state
    inertial_gradient(x, y, z, out)
    ux, uy, uz = vx + W * y, vy - W * x, vz
    speed = math.sqrt(ux * ux + uy * uy + uz * uz)
    k = -0.5 * air * inverse_beta
    o, q = k * speed, k / max(speed, 1e-9)
    # By velocity k (|u| I + u u' / |u|); position enters through the density and through the speed of the turning air.
    out[0, 3], out[0, 4], out[0, 5] = o + q * ux * ux, q * ux * uy, q * ux * uz
    out[1, 3], out[1, 4], out[1, 5] = out[0, 4], o + q * uy * uy, q * uy * uz
    out[2, 3], out[2, 4], out[2, 5] = out[0, 5], out[1, 5], o + q * uz * uz
    thicker = o * steepness / math.sqrt(x * x + y * y + z * z)
    for i, u in enumerate((ux, uy, uz)):
        out[i, 0] += thicker * u * x - W * out[i, 4]
        out[i, 1] += thicker * u * y + W * out[i, 3]
        out[i, 2] += thicker * u * z


@njit
def rates(partials, phi, h, slope, out):
    """Write the rate of change (6, 6) of the sensitivities `phi + h * slope`."""
    for i in range(3):
        for c in range(6):
            out[i, c] = phi[i + 3, c] + h * slope[i + 3, c]
            out[i + 3, c] = 0.0
        for j in range(6):
            for c in range(6):
                out[i + 3, c] += partials[i, j] * (phi[j, c] + h * slope[j, c])


@njit
def drag_sensitivities(before, after, ends, h, inverse_beta, phi, partials, k):
    """Advance `phi` over a step with drag: classical Runge-Kutta along the step's cubic; (3, 6) and (4, 6, 6) scratch.

    `ends`: the height before and after the step (m), and the density there (kg/m^3).
    The density's steepness is the step's own, from end to end: the standard atmosphere's has jumps between its layers.
    """
    ax, ay, az, au, av, aw = before
    bx, by, bz, bu, bv, bw = after
    mx, my, mz = 0.5 * (ax + bx) + 0.125 * h * (au - bu), 0.5 * (ay + by) + 0.125 * h * (av - bv), 0.5 * (az + bz)
    mu, mv, mw = 1.5 / h * (bx - ax) - 0.25 * (au + bu), 1.5 / h * (by - ay) - 0.25 * (av + bv), 1.5 / h * (bz - az)
    mz, mw = mz + 0.125 * h * (aw - bw), mw - 0.25 * (aw + bw)
    top, bottom, first, final = ends
    middle = density(height(mx, my, mz))
    steepness = math.log(final / first) / (bottom - top) if abs(bottom - top) > 10.0 else -1.0 / 7e3
    linearise((ax, ay, az, au, av, aw), first, steepness, inverse_beta, partials)
    rates(partials, phi, 0.0, phi, k[0])
    linearise((mx, my, mz, mu, mv, mw), middle, steepness, inverse_beta, partials)
    rates(partials, phi, 0.5 * h, k[0], k[1])
    rates(partials, phi, 0.5 * h, k[1], k[2])
    linearise((bx, by, bz, bu, bv, bw), final, steepness, inverse_beta, partials)
    rates(partials, phi, h, k[2], k[3])
    for i in range(6):
        for c in range(6):
            phi[i, c] += h / 6.0 * (k[0, i, c] + 2.0 * (k[1, i, c] + k[2, i, c]) + k[3, i, c])


@njit
def note(path, row, elapsed, s, phi, covariance):
    """Write (elapsed, x, y, z, cross-track sigma over the ground) into a row of `path` (steps, 5)."""
    x, y, z = s[0], s[1], s[2]
    ux, uy, uz = s[3] + W * y, s[4] - W * x, s[5]
    nx, ny, nz = y * uz - z * uy, z * ux - x * uz, x * uy - y * ux
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    r2 = x * x + y * y + z * z
    variance = 0.0
    for a in range(6):
        wa = nx * phi[0, a] + ny * phi[1, a] + nz * phi[2, a]
        variance += wa * wa * covariance[a, a]
        for b in range(a):
            variance += 2.0 * wa * covariance[a, b] * (nx * phi[0, b] + ny * phi[1, b] + nz * phi[2, b])
    path[row, 0], path[row, 1], path[row, 2], path[row, 3] = elapsed, x, y, z
    path[row, 4] = math.sqrt(max(variance, 0.0)) / max(length, 1e-9) * surface_radius(x, y, z) / math.sqrt(r2)


@njit
def sample_path(path, rows, ground, sigma):
    """Resample a path at equal times: surface points (M, 3) in ECEF and cross-track sigma (M,)."""
    points = sigma.shape[0]
    row = 0
    for m in range(points):
        t = path[rows - 1, 0] * m / (points - 1)
        while row < rows - 2 and path[row + 1, 0] < t:
            row += 1
        u = (t - path[row, 0]) / max(path[row + 1, 0] - path[row, 0], 1e-9)
        x = path[row, 1] + u * (path[row + 1, 1] - path[row, 1])
        y = path[row, 2] + u * (path[row + 1, 2] - path[row, 2])
        z = path[row, 3] + u * (path[row + 1, 3] - path[row, 3])
        x, y, z = earth_fixed(x, y, z, t)
        ground[m, 0], ground[m, 1], ground[m, 2] = surface_below(x, y, z)
        sigma[m] = path[row, 4] + u * (path[row + 1, 4] - path[row, 4])


@njit
def fall(state, covariance, inverse_beta, work):
    """Integrate from an Earth-fixed state (6,) to the ground, and write it all into `work`.

    Returns (status, seconds to impact, rows of path used).
    """
    s, last, phi, path, entry, gradient, partials, slopes = work
    x, y, z, vx, vy, vz = state
    s[0], s[1], s[2], s[3], s[4], s[5] = x, y, z, vx - W * y, vy + W * x, vz
    alt = height(x, y, z)
    if not math.isfinite(alt + vx + vy + vz) or alt < -1e3:
        return UNUSABLE, math.nan, 0
    if stays_up(s):
        return NO_IMPACT, math.nan, 0
    for i in range(6):
        for c in range(6):
            phi[i, c] = 1.0 if i == c else 0.0
    phi[3, 1], phi[4, 0] = -W, W
    elapsed, row, dragged, air = 0.0, 1, False, density(alt)
    note(path, 0, 0.0, s, phi, covariance)
    while row < path.shape[0]:
        if alt > DRAG_M + 300.0:
            h = next_coast(s, alt)
            coast_step(s, phi, gradient, h)
            alt = height(s[0], s[1], s[2])
            air = density(alt)
        else:
            if not dragged:
                put(s, entry)
                entry[6], dragged = elapsed, True
            h = next_drag(s, alt, air, inverse_beta)
            put(s, last)
            drag_move(last, air, h, inverse_beta, s)
            below = height(s[0], s[1], s[2])
            if below < -1e3 and alt <= 0.0:  # began below the ground and does not rise out of it
                return UNUSABLE, math.nan, 0
            hit = below <= 0.0 < alt
            if hit:
                h = land(last, air, alt, below, h, inverse_beta, s)
                below = height(s[0], s[1], s[2])
            later = density(below)
            drag_sensitivities(last, s, (alt, below, air, later), h, inverse_beta, phi, partials, slopes)
            alt, air = below, later
            if hit:
                note(path, row, elapsed + h, s, phi, covariance)
                return HIT, elapsed + h, row + 1
        elapsed += h
        note(path, row, elapsed, s, phi, covariance)
        row += 1
    return NO_IMPACT, math.nan, 0


@njit
def apart(x, y, z, nominal):
    """(east m, north m) of an ECEF point from the nominal one."""
    east, north, _ = local(nominal.lat, nominal.lon, x - nominal.x, y - nominal.y, z - nominal.z)
    return east, north


@njit
def move(nominal, shift, out):
    """Latitude and longitude (rad) of the point that `shift` (3,) leads to from the nominal one.

    The covariance `out` (3, 3) of (east, north, time) is turned by as much as the meridians there lean.
    """
    lat, lon = nominal.lat, nominal.lon
    there, over = beside((nominal.x, nominal.y, nominal.z), lat, lon, shift[0], shift[1])
    lean = (over - lon) * math.sin(0.5 * (lat + there))
    c, s = math.cos(lean), math.sin(lean)
    for i in range(3):
        out[i, 0], out[i, 1] = c * out[i, 0] + s * out[i, 1], c * out[i, 1] - s * out[i, 0]
    for i in range(3):
        out[0, i], out[1, i] = c * out[0, i] + s * out[1, i], c * out[1, i] - s * out[0, i]
    return there, over


@njit
def spread_by_drag(body, nominal, out, shift, work):
    """Add to the covariance (3, 3) of (east m, north m, time s) what the ballistic coefficient's uncertainty brings,
    and to `shift` (3,) the way from the nominal impact to the mean."""
    half, s = np.zeros(3), work.state
    for side in (-1.0, 1.0):
        there = drop(work.entry, body.inverse_beta * math.exp(side * Z95 * body.drag_fraction), s, work.last)
        if not math.isfinite(there):
            return
        x, y, z = earth_fixed(s[0], s[1], s[2], there)
        east, north = apart(x, y, z, nominal)
        for i, off in enumerate((east, north, there - nominal.seconds)):
            shift[i] += TAIL * off
            half[i] += 0.5 * side * off
    for i in range(3):
        for j in range(3):
            out[i, j] += half[i] * half[j] / (Z95 * Z95)


@njit
def spread_by_lift(state, body, nominal, out, shift, record):
    """Add to the covariance (3, 3), and to `shift`, what a pull-up may bring: as far as this lift-to-drag ratio carries
    it, or less, evenly. What the track's own errors come to grows with the time that is left."""
    beta, s = 1.0 / body.inverse_beta, (state[0], state[1], state[2], state[3], state[4], state[5])
    summary = record.summary
    summary[:] = -np.inf
    flight.fall(s, 0.0, (beta, beta), body.lift, flight.STRIDE, record)
    if summary[flight.STATUS] != flight.LANDED:
        return
    x, y, z = summary[flight.IMPACT], summary[flight.IMPACT + 1], summary[flight.IMPACT + 2]
    east, north = apart(x, y, z, nominal)
    reach = (east, north, summary[flight.IMPACT_S] - nominal.seconds)
    grown = (1.0 + 0.5 * reach[2] / nominal.seconds) ** 2
    for i in range(3):
        shift[i] += 0.5 * reach[i]
        for j in range(3):
            out[i, j] = grown * out[i, j] + reach[i] * reach[j] / 12.0


@njit
def project(s, phi, covariance, elapsed, out):
    """Write the covariance (3, 3) of (east m, north m, time s) of the crossing of the surface, but for drag's share.

    Returns the nominal impact.
    """
    x, y, z = earth_fixed(s[0], s[1], s[2], elapsed)
    lat, lon, _ = geodetic_from_ecef(x, y, z)
    vx, vy, vz = earth_fixed(s[3] + W * s[1], s[4] - W * s[0], s[5], elapsed)
    east, north, up = local(lat, lon, vx, vy, vz)
    jacobian = np.empty((3, 6))
    for k in range(6):
        px, py, pz = earth_fixed(phi[0, k], phi[1, k], phi[2, k], elapsed)
        pe, pn, pu = local(lat, lon, px, py, pz)
        late = -pu / up
        jacobian[0, k], jacobian[1, k], jacobian[2, k] = pe + east * late, pn + north * late, late
    for i in range(3):
        for j in range(i + 1):
            total = 0.0
            for a in range(6):
                for b in range(6):
                    total += jacobian[i, a] * covariance[a, b] * jacobian[j, b]
            out[i, j] = out[j, i] = total
    return Nominal(x, y, z, lat, lon, elapsed)


@njit
def stays_low(state):
    """Whether a free flight through an Earth-fixed state (6,) rises, or rose, no higher than one that may pull up."""
    s = (state[0], state[1], state[2], state[3], state[4], state[5])
    return flight.conic(s)[0] + SEMI_MAJOR_M < LOW_M + surface_radius(s[0], s[1], s[2])


@njit
def predict(mean, covariance, extra, body, out):
    """Impact of every track, into `out` (Impacts) where there is one.

    mean (K, 6) and covariance (K, 6, 6) in ECEF; `extra` (K,) variance (m^2/s^2) that is added along the velocity, of a
    target that burns. The ground track is sampled at equal times from now to impact.
    """
    work = Scratch(np.empty(6), np.empty(6), np.empty((6, 6)), np.empty((MAX_STEPS, 5)), np.empty(7), np.empty((3, 3)),
                   np.zeros((3, 6)), np.empty((4, 6, 6)))
    p, shift = np.empty((6, 6)), np.empty(3)
    lifted = flight.empty_record(np.empty(flight.SUMMARY), np.empty((0, 10)))
    for k in range(mean.shape[0]):
        for i in range(6):
            for j in range(6):
                p[i, j] = covariance[k, i, j]
        speed2 = mean[k, 3] ** 2 + mean[k, 4] ** 2 + mean[k, 5] ** 2
        if extra[k] > 0.0:
            for i in range(3):
                for j in range(3):
                    p[3 + i, 3 + j] += extra[k] * mean[k, 3 + i] * mean[k, 3 + j] / speed2
        out.status[k], elapsed, rows = fall(mean[k], p, body.inverse_beta, work)
        if out.status[k] == HIT:
            nominal = project(work.state, work.sensitivities, p, elapsed, out.covariance[k])
            sample_path(work.path, rows, out.ground_m[k], out.ground_sigma_m[k])
            shift[:] = 0.0
            spread_by_drag(body, nominal, out.covariance[k], shift, work)
            if body.lift > 0.0 and extra[k] == 0.0 and stays_low(mean[k]):
                spread_by_lift(mean[k], body, nominal, out.covariance[k], shift, lifted)
            out.lat_rad[k], out.lon_rad[k] = move(nominal, shift, out.covariance[k])
            out.time_s[k] = elapsed + shift[2]
