"""A boost seen half-way: how well a state fits the flights of a library, and where it comes down if it burns on.

A library holds flights of candidate classes, each as rows of (height, speed, climb angle, change of speed over LAG_S,
ground arc from the pad) at equal times after lift-off: m, m/s, rad, m/s, m.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.kernels import flight, forces
from trackfuse.kernels.geodesy import altitude, ecef_from_geodetic, geodetic_from_ecef, local
from trackfuse.kernels.jit import njit

HEIGHT, SPEED, CLIMB, GAIN, ARC = 0, 1, 2, 3, 4
FEATURES = 5
MOST_CHI2 = 200.0
"""What is farther from a flight than this has no weight for it."""
STEPS = (1.0, 2.0)
"""Coarser than a flight that is kept: 1 % of range."""
STEP_S = 2.0


@njit
def height_speed_climb(x, y, z, vx, vy, vz):
    """Height, speed and climb angle of an Earth-fixed state."""
    r = math.sqrt(x * x + y * y + z * z)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    sine = (x * vx + y * vy + z * vz) / max(r * speed, 1e-9)
    return altitude(x, y, z), speed, math.asin(min(max(sine, -1.0), 1.0))


@njit
def profile(vehicle, steering, times, lag, knots, place, rates, out):
    """Write one flight's features into `out` (T, FEATURES), nan after its impact; `times` (T,) are equal, `lag` their
    number to the earlier speed. `knots`, `place` and `rates` (T, 3) are scratch. Returns (status, burn-out, impact), s.
    """
    summary = np.empty(flight.SUMMARY)
    count = flight.fly(vehicle, steering, STEPS, knots, summary)
    out[:] = math.nan
    if summary[flight.STATUS] != flight.LANDED or count > knots.shape[0]:
        return flight.CRASHED, math.nan, math.nan
    flight.sample(knots, count, times, place, rates)
    px, py, pz = ecef_from_geodetic(vehicle.lat, vehicle.lon, 0.0)
    pad = math.sqrt(px * px + py * py + pz * pz)
    for k in range(times.shape[0]):
        if times[k] > summary[flight.IMPACT_S]:
            break
        x, y, z = place[k]
        h, v, climb = height_speed_climb(x, y, z, rates[k, 0], rates[k, 1], rates[k, 2])
        cosine = (x * px + y * py + z * pz) / (pad * math.sqrt(x * x + y * y + z * z))
        out[k, HEIGHT], out[k, SPEED], out[k, CLIMB] = h, v, climb
        out[k, GAIN] = v - out[k - lag, SPEED] if k >= lag else v
        out[k, ARC] = MEAN_RADIUS_M * math.acos(min(cosine, 1.0))
    return flight.LANDED, summary[flight.BURNOUT_S], summary[flight.IMPACT_S]


class ByHeight(NamedTuple):
    """The M instants of a library's F flights before impact, in B layers of height, each in the order of speed."""

    place: np.ndarray  # (M,) into an array (F, T), flat
    flight: np.ndarray  # (M,)
    seen: np.ndarray  # (4, M), the features that a track shows
    first: np.ndarray  # (B + 1,) first of each layer, and M
    edge: np.ndarray  # (B + 1,) least height of each layer, and the greatest of all


@njit
def first_from(values, first, end, least):
    """The first of sorted values between two places that is at least a value."""
    while first < end:
        middle = (first + end) // 2
        if values[middle] < least:
            first = middle + 1
        else:
            end = middle
    return first


@njit
def fit(ordered, heights, speeds, given, variance, floor, prior, place, out):
    """Weigh those of a ByHeight within `heights` and `speeds` (least, greatest) for what is seen: `given` (4,), height,
    speed, climb angle and gain of speed with their `variance` (4,). Flights of one class differ by `floor` (4,): shares
    of height, speed and gain, and rad of the climb angle. `prior` (F,). Writes the places of those that have a weight,
    and the weights, into the beginning of `place` and `out` (M,). Returns how many there are.
    """
    count = 0
    for layer in range(ordered.first.shape[0] - 1):
        if ordered.edge[layer + 1] >= heights[0] and ordered.edge[layer] <= heights[1]:
            first, end = ordered.first[layer], ordered.first[layer + 1]
            first = first_from(ordered.seen[SPEED], first, end, speeds[0])
            end = first_from(ordered.seen[SPEED], first, end, speeds[1])
            count = fit_some(ordered, (first, end), given, variance, floor, prior, place, out, count)
    return count


@njit
def fit_some(ordered, between, given, variance, floor, prior, place, out, count):
    """As `fit`, for those from `between` (first, end), with `count` written before."""
    near = MOST_CHI2 * (1.0 + 1e-9)
    for m in range(between[0], between[1]):
        speed = ordered.seen[SPEED, m]
        if abs(given[1] - speed) > 0.5 * speed + 300.0:
            continue
        far = False  # by one feature alone: most are, and that takes no division
        for i in range(4):
            value = ordered.seen[i, m]
            spread = floor[i] if i == CLIMB else floor[i] * value
            far = far or (given[i] - value) ** 2 > near * (variance[i] + spread * spread)
        if far:
            continue
        chi2, scale = 0.0, 1.0
        for i in range(4):
            value = ordered.seen[i, m]
            size = 1.0 if i == CLIMB else abs(value)
            wide = variance[i] + (floor[i] * size) ** 2
            chi2 += (given[i] - value) ** 2 / wide
            scale *= variance[i] / wide
        if chi2 < MOST_CHI2:
            place[count] = ordered.place[m]
            out[count] = prior[ordered.flight[m]] * math.exp(-0.5 * chi2) * math.sqrt(scale)
            count += 1
    return count


@njit
def launched_from(states, arc, apart):
    """Where N states (N, 6) were launched that have flown `arc` (N,) m over the ground, on great circles.

    Returns their middle (latitude, longitude; rad), and writes how far each is (east m, north m) from it into `apart`
    (N, 2).
    """
    lat_sum, sine_sum, cosine_sum = 0.0, 0.0, 0.0
    for n in range(states.shape[0]):
        lat, lon, _ = geodetic_from_ecef(states[n, 0], states[n, 1], states[n, 2])
        east, north, _ = local(lat, lon, states[n, 3], states[n, 4], states[n, 5])
        back, angle = math.atan2(-east, -north), arc[n] / MEAN_RADIUS_M
        sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(back)
        there = math.asin(min(max(sine, -1.0), 1.0))
        over = lon + math.atan2(
            math.sin(back) * math.sin(angle) * math.cos(lat), math.cos(angle) - math.sin(lat) * sine
        )
        apart[n, 0], apart[n, 1] = there, over
        lat_sum, sine_sum, cosine_sum = lat_sum + there, sine_sum + math.sin(over), cosine_sum + math.cos(over)
    lat, lon = lat_sum / states.shape[0], math.atan2(sine_sum, cosine_sum)
    x, y, z = ecef_from_geodetic(lat, lon, 0.0)
    for n in range(states.shape[0]):
        px, py, pz = ecef_from_geodetic(apart[n, 0], apart[n, 1], 0.0)
        apart[n, 0], apart[n, 1], _ = local(lat, lon, px - x, py - y, pz - z)
    return lat, lon


@njit
def resume(state, after, vehicle, effort, out):
    """Burn on from a state `after` seconds past lift-off as the flight of a library does, then fall; writes the summary
    (SUMMARY,), whose times count from now. Returns whether it comes down.
    """
    s = (state[0], state[1], state[2], state[3], state[4], state[5])
    record, stages, beta = flight.empty_record(out, np.empty((0, 10))), vehicle.stages, vehicle.betas[0]
    cut = flight.burn_time(stages, effort)
    t, begin = after, 0.0
    for i in range(stages.shape[0]):
        ignition, loss = begin + stages[i, 0], stages[i, 3]
        end = ignition + stages[i, 1]
        burn = forces.Forces(beta, 0.0, max(effort, 1.0) * stages[i, 2], loss, forces.ALONG, (0.0, 0.0, 0.0))
        for until, acting in ((min(cut, ignition), forces.free_fall(beta, 0.0)), (min(cut, end), burn)):
            if until > t:
                steps = max(1, math.ceil((until - t) / STEP_S))
                h = (until - t) / steps
                for _ in range(steps):
                    s = forces.step(s, t - ignition, h, acting)
                    t += h
        beta *= 1.0 - loss * (min(end, cut) - ignition) if cut > ignition else 1.0
        begin = end
    if altitude(s[0], s[1], s[2]) < 0.0:
        return False
    flight.fall(s, t - after, (beta, vehicle.betas[1]), vehicle.lift, STEPS[1], record)
    return out[flight.STATUS] == flight.LANDED


@njit
def resume_many(states, after, vehicle, effort, out):
    """Burn on and fall from N states (N, 6): `after` and `effort` (N,); `vehicle` holds stages (N, most, 4), with rows
    of zeros where there is no stage, betas (N, 2) and lift (N,). Writes (latitude, longitude, seconds from now) into
    `out` (N, 3); nan where a flight does not come down."""
    summary = np.empty(flight.SUMMARY)
    for n in range(states.shape[0]):
        out[n] = math.nan
        each = flight.Vehicle(
            vehicle.lat,
            vehicle.lon,
            vehicle.alt,
            vehicle.stages[n],
            vehicle.vertical_s,
            vehicle.betas[n],
            vehicle.lift[n],
        )
        if resume(states[n], after[n], each, effort[n], summary):
            x, y, z = summary[flight.IMPACT], summary[flight.IMPACT + 1], summary[flight.IMPACT + 2]
            lat, lon, _ = geodetic_from_ecef(x, y, z)
            out[n, 0], out[n, 1], out[n, 2] = lat, lon, summary[flight.IMPACT_S]
