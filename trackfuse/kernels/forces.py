"""Forces on a point mass over the rotating WGS-84 Earth with J2 and the standard atmosphere, and one step under them.

A state is a tuple (x, y, z, vx, vy, vz): Earth-fixed, m and m/s. Classical Runge-Kutta of fourth order.
"""

import math
from typing import NamedTuple

from trackfuse.core.constants import EARTH_RATE_RADPS, SEMI_MAJOR_M
from trackfuse.kernels.atmosphere import CEILING_M, density
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.jit import njit

ALONG, UP, STEERED = 0, 1, 2
LIFT_TOP_M = 60e3
LIFT_SPEED_MPS = (800.0, 1200.0)
"""A missile that pulls up does so below this height after its apogee; its lift fades out between these speeds, so that
it ends in a dive (assumed)."""
AIR_RADIUS2 = (SEMI_MAJOR_M + CEILING_M) ** 2


class Forces(NamedTuple):
    """What acts on a body beside gravity. `beta` (kg/m^2) is its ballistic coefficient and `thrust` (m/s^2) its thrust
    over mass, both at ignition, and `loss` (1/s) the share of its mass then that it loses a second; `lift` is the
    lift-to-drag ratio of a pull-up, towards the zenith. The thrust points along the velocity (`heading` ALONG), along
    the unit vector `aim` (UP), or (STEERED) at the angle `aim[0]` above the local horizontal and `aim[1]` to the right
    of the horizontal part of the inertial velocity (rad).
    """

    beta: float
    lift: float
    thrust: float
    loss: float
    heading: int
    aim: tuple[float, float, float]


@njit
def free_fall(beta, lift):
    """Forces on a body without thrust."""
    return Forces(beta, lift, 0.0, 0.0, ALONG, (0.0, 0.0, 0.0))


@njit
def steered(s, pitch, yaw):
    """Unit vector of a thrust that is steered by pitch and yaw."""
    x, y, z, vx, vy, vz = s
    r = math.sqrt(x * x + y * y + z * z)
    ux, uy, uz = x / r, y / r, z / r
    ix, iy, iz = vx - EARTH_RATE_RADPS * y, vy + EARTH_RATE_RADPS * x, vz
    climbing = ix * ux + iy * uy + iz * uz
    fx, fy, fz = ix - climbing * ux, iy - climbing * uy, iz - climbing * uz
    level = math.sqrt(fx * fx + fy * fy + fz * fz)
    along, aside = math.cos(pitch) * math.cos(yaw) / level, math.cos(pitch) * math.sin(yaw) / level
    up = math.sin(pitch)
    return (along * fx + aside * (fy * uz - fz * uy) + up * ux, along * fy + aside * (fz * ux - fx * uz) + up * uy,
            along * fz + aside * (fx * uy - fy * ux) + up * uz)


@njit
def derivative(s, t, forces):
    """Rate of the state `t` seconds after ignition under gravity and the other forces."""
    x, y, z, vx, vy, vz = s
    ax, ay, az = coast_acceleration(x, y, z, vx, vy, vz)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    left = 1.0 - forces.loss * t
    thrust, beta = forces.thrust / left, forces.beta * left
    along, alt, air = 0.0, CEILING_M, 0.0
    if x * x + y * y + z * z < AIR_RADIUS2:
        alt = altitude(x, y, z)
        air = density(alt)
        along = -0.5 * air * speed / beta
    if thrust > 0.0:
        if forces.heading == ALONG:
            along += thrust / speed
        else:
            aim = forces.aim
            tx, ty, tz = aim if forces.heading == UP else steered(s, aim[0], aim[1])
            ax, ay, az = ax + thrust * tx, ay + thrust * ty, az + thrust * tz
    ax, ay, az = ax + along * vx, ay + along * vy, az + along * vz
    share = (speed - LIFT_SPEED_MPS[0]) / (LIFT_SPEED_MPS[1] - LIFT_SPEED_MPS[0])
    if forces.lift > 0.0 and alt < LIFT_TOP_M and share > 0.0:
        r = math.sqrt(x * x + y * y + z * z)
        climbing = (x * vx + y * vy + z * vz) / (r * speed)
        level = math.sqrt(max(1.0 - climbing * climbing, 1e-12))
        pull = min(share, 1.0) * forces.lift * 0.5 * air * speed * speed / beta / level
        ax += pull * (x / r - climbing * vx / speed)
        ay += pull * (y / r - climbing * vy / speed)
        az += pull * (z / r - climbing * vz / speed)
    return vx, vy, vz, ax, ay, az


@njit
def moved(s, d, h):
    """State `s` moved by `h` seconds at the rate `d`."""
    return s[0] + h * d[0], s[1] + h * d[1], s[2] + h * d[2], s[3] + h * d[3], s[4] + h * d[4], s[5] + h * d[5]


@njit
def combined(s, h, k1, k2, k3, k4):
    """Runge-Kutta mean of four rates."""
    w = h / 6.0
    return (s[0] + w * (k1[0] + 2.0 * (k2[0] + k3[0]) + k4[0]), s[1] + w * (k1[1] + 2.0 * (k2[1] + k3[1]) + k4[1]),
            s[2] + w * (k1[2] + 2.0 * (k2[2] + k3[2]) + k4[2]), s[3] + w * (k1[3] + 2.0 * (k2[3] + k3[3]) + k4[3]),
            s[4] + w * (k1[4] + 2.0 * (k2[4] + k3[4]) + k4[4]), s[5] + w * (k1[5] + 2.0 * (k2[5] + k3[5]) + k4[5]))


@njit
def step(s, t, h, forces):
    """State `h` seconds later, from `t` seconds after ignition."""
    k1 = derivative(s, t, forces)
    k2 = derivative(moved(s, k1, 0.5 * h), t + 0.5 * h, forces)
    k3 = derivative(moved(s, k2, 0.5 * h), t + 0.5 * h, forces)
    return combined(s, h, k1, k2, k3, derivative(moved(s, k3, h), t + h, forces))
