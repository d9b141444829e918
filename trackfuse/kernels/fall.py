"""The way down of a body without thrust, in the inertial frame that coincides with the Earth-fixed one at its start.

There the acceleration of free fall depends on position alone, and a Nystrom step of fourth order covers a minute. Below
100 km drag joins in, with Runge-Kutta steps of a few kilometres of height. States are (6,): m, m/s.

Source: Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I (1993), II.1 and II.14.
"""

import math

from trackfuse.core.constants import EARTH_RATE_RADPS as W
from trackfuse.core.constants import ECC2, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.forces import combined, moved
from trackfuse.kernels.gravity import gravitation
from trackfuse.kernels.jit import njit

DRAG_M = 100e3
COAST_STEP = 0.08
"""Coast step as a share of sqrt(r^3 / mu): one minute near the ground."""
LOW_M = 60e3
"""Below this height drag sets the step."""
MAX_STEPS = 6000
LOWEST_PERIGEE_M = 6.5e6
"""An orbit that stays farther from the Earth's centre than this does not come down."""


@njit
def surface_radius(x, y, z):
    """Distance (m) of the ellipsoid from the Earth's centre in the direction of a point."""
    return SEMI_MAJOR_M * math.sqrt((1.0 - ECC2) / (1.0 - ECC2 * (x * x + y * y) / (x * x + y * y + z * z)))


@njit
def earth_fixed(x, y, z, elapsed):
    """A vector in the axes of the Earth, which has turned for so many seconds."""
    c, s = math.cos(W * elapsed), math.sin(W * elapsed)
    return c * x + s * y, c * y - s * x, z


@njit
def put(s, out):
    """Copy the state (6,) of which `s` begins."""
    for i in range(6):
        out[i] = s[i]


@njit
def height(x, y, z):
    """Height (m) along the radius: exact on the ellipsoid, within 1 m of the geodetic height below 100 km."""
    return math.sqrt(x * x + y * y + z * z) - surface_radius(x, y, z)


@njit
def coast_move(s, h):
    """Advance state `s` (6,) in free fall by `h` seconds (Nystrom, fourth order); returns the place halfway."""
    x, y, z, vx, vy, vz = s
    ax, ay, az = gravitation(x, y, z)
    mx, my, mz = (
        x + h * (0.5 * vx + 0.125 * h * ax),
        y + h * (0.5 * vy + 0.125 * h * ay),
        z + h * (0.5 * vz + 0.125 * h * az),
    )
    bx, by, bz = gravitation(mx, my, mz)
    cx, cy, cz = gravitation(x + h * (vx + 0.5 * h * bx), y + h * (vy + 0.5 * h * by), z + h * (vz + 0.5 * h * bz))
    s[0] = x + h * (vx + h / 6.0 * (ax + 2.0 * bx))
    s[1] = y + h * (vy + h / 6.0 * (ay + 2.0 * by))
    s[2] = z + h * (vz + h / 6.0 * (az + 2.0 * bz))
    s[3] = vx + h / 6.0 * (ax + 4.0 * bx + cx)
    s[4] = vy + h / 6.0 * (ay + 4.0 * by + cy)
    s[5] = vz + h / 6.0 * (az + 4.0 * bz + cz)
    return mx, my, mz


@njit
def air_at(s):
    """Density of the air (kg/m^3) at a state, which dear roots and powers are behind: who knows it passes it on."""
    return density(height(s[0], s[1], s[2]))


@njit
def falling(s, air, inverse_beta):
    """Rate of the state with drag in air (kg/m^3) that turns with the Earth, in the inertial frame."""
    x, y, z, vx, vy, vz = s
    gx, gy, gz = gravitation(x, y, z)
    ux, uy = vx + W * y, vy - W * x
    k = -0.5 * air * inverse_beta * math.sqrt(ux * ux + uy * uy + vz * vz)
    return vx, vy, vz, gx + k * ux, gy + k * uy, gz + k * vz


@njit
def drag_move(s, air, h, inverse_beta, out):
    """Write the state (6,) a step of `h` seconds later, drag included (classical Runge-Kutta); `air` is that at `s`."""
    now = s[0], s[1], s[2], s[3], s[4], s[5]
    k1 = falling(now, air, inverse_beta)
    second = moved(now, k1, 0.5 * h)
    k2 = falling(second, air_at(second), inverse_beta)
    third = moved(now, k2, 0.5 * h)
    k3 = falling(third, air_at(third), inverse_beta)
    fourth = moved(now, k3, h)
    end = combined(now, h, k1, k2, k3, falling(fourth, air_at(fourth), inverse_beta))
    for i in range(6):
        out[i] = end[i]


@njit
def next_coast(s, alt):
    """Length (s) of the next coast step: a share of the local orbit's time, and not below 100 km."""
    r2 = s[0] * s[0] + s[1] * s[1] + s[2] * s[2]
    r = math.sqrt(r2)
    up = (s[0] * s[3] + s[1] * s[4] + s[2] * s[5]) / r
    # Time to 100 km under the pull at the ground, which is the strongest: never too long, and soon exact.
    reach = (up + math.sqrt(max(up * up + 2.0 * 9.81 * (alt - DRAG_M), 0.0))) / 9.81
    return max(min(COAST_STEP * r * math.sqrt(r / MU_M3PS2), reach), 0.2)


@njit
def next_drag(s, alt, air, inverse_beta):
    """Length (s) of the next step with drag: so much height, so much of the speed lost, and 8 or 12 s at most."""
    x, y, z, vx, vy, vz = s
    up = abs(x * vx + y * vy + z * vz) / math.sqrt(x * x + y * y + z * z)
    rate = 0.5 * air * inverse_beta * math.sqrt(vx * vx + vy * vy + vz * vz)
    depth, longest = (10e3, 12.0) if alt > LOW_M else (4e3, 8.0)
    return min(longest, min(depth / max(up, 1.0), 0.4 / max(rate, 1e-6)))


@njit
def stays_up(s):
    """Whether the orbit (6,) escapes or never comes near the ground."""
    x, y, z, vx, vy, vz = s
    r = math.sqrt(x * x + y * y + z * z)
    energy = 0.5 * (vx * vx + vy * vy + vz * vz) - MU_M3PS2 / r
    if energy >= 0.0:
        return True
    hx, hy, hz = y * vz - z * vy, z * vx - x * vz, x * vy - y * vx
    momentum2 = hx * hx + hy * hy + hz * hz
    eccentricity = math.sqrt(max(0.0, 1.0 + 2.0 * energy * momentum2 / (MU_M3PS2 * MU_M3PS2)))
    return momentum2 / (MU_M3PS2 * (1.0 + eccentricity)) > LOWEST_PERIGEE_M


@njit
def land(last, air, above, below, h, inverse_beta, s):
    """Shorten the last step, from `last` and the air there, so that it ends on the ellipsoid (1 mm); returns its length
    and writes the state."""
    long, short, low, high = h, 0.0, below, above
    for _ in range(8):
        step = short + (long - short) * high / (high - low)
        drag_move(last, air, step, inverse_beta, s)
        miss = height(s[0], s[1], s[2])
        if abs(miss) < 1e-3:
            break
        if miss > 0.0:
            short, high = step, miss
        else:
            long, low = step, miss
    return step


@njit
def drop(entry, inverse_beta, s, last):
    """The same way down with another ballistic coefficient: writes the state at impact into `s` (6,).

    Returns seconds to impact, from the same instant as those of `entry`; nan if it does not come down.
    """
    put(entry, s)
    elapsed, alt = entry[6], height(s[0], s[1], s[2])
    for _ in range(MAX_STEPS):
        if alt > DRAG_M + 300.0:
            h = next_coast(s, alt)
            coast_move(s, h)
            alt = height(s[0], s[1], s[2])
        else:
            air = density(alt)
            h = next_drag(s, alt, air, inverse_beta)
            put(s, last)
            drag_move(last, air, h, inverse_beta, s)
            below = height(s[0], s[1], s[2])
            if below <= 0.0 < alt:
                return elapsed + land(last, air, alt, below, h, inverse_beta, s)
            alt = below
        elapsed += h
    return math.nan
