"""Gravity with J2 and the apparent forces of the rotating Earth, and their gradient.

Source: Montenbruck & Gill, Satellite Orbits (2000), sections 3.2 and 7.2; J2 term by differentiation of the potential.
"""

from trackfuse.core.constants import EARTH_RATE_RADPS as W
from trackfuse.core.constants import J2, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.kernels.jit import njit

KJ2 = 1.5 * J2 * MU_M3PS2 * SEMI_MAJOR_M * SEMI_MAJOR_M


@njit
def gravitation(x, y, z):
    """Acceleration (m/s^2) by gravitation alone: central term and J2."""
    r2 = x * x + y * y + z * z
    inv2 = 1.0 / r2
    inv1 = inv2**0.5
    inv3 = inv1 * inv2
    inv5 = inv3 * inv2
    zz = 5.0 * z * z * inv2
    common = -MU_M3PS2 * inv3
    horizontal = common - KJ2 * inv5 * (1.0 - zz)
    return horizontal * x, horizontal * y, (common - KJ2 * inv5 * (3.0 - zz)) * z


@njit
def coast_acceleration(x, y, z, vx, vy, vz):
    """Acceleration (m/s^2) seen in the rotating frame by a body in free fall: gravitation, Coriolis, centrifugal."""
    gx, gy, gz = gravitation(x, y, z)
    return gx + W * W * x + 2.0 * W * vy, gy + W * W * y - 2.0 * W * vx, gz


@njit
def position_gradient(x, y, z, out):
    """Write d(coast_acceleration)/d(position), (3, 3) in 1/s^2, into `out`; that by velocity is Coriolis, constant."""
    r2 = x * x + y * y + z * z
    inv2 = 1.0 / r2
    inv1 = inv2**0.5
    inv3 = inv1 * inv2
    inv5 = inv3 * inv2
    inv7 = inv5 * inv2
    inv9 = inv7 * inv2
    z2 = z * z
    a = 3.0 * MU_M3PS2 * inv5 - KJ2 * (-5.0 * inv7 + 35.0 * z2 * inv9)
    b = 3.0 * MU_M3PS2 * inv5 - KJ2 * (-15.0 * inv7 + 35.0 * z2 * inv9)
    d = -MU_M3PS2 * inv3 - KJ2 * (inv5 - 5.0 * z2 * inv7) + W * W
    out[0, 0], out[0, 1], out[0, 2] = d + a * x * x, a * x * y, b * x * z
    out[1, 0], out[1, 1], out[1, 2] = out[0, 1], d + a * y * y, b * y * z
    out[2, 0], out[2, 1] = out[0, 2], out[1, 2]
    out[2, 2] = -MU_M3PS2 * (inv3 - 3.0 * z2 * inv5) - KJ2 * (3.0 * inv5 - 30.0 * z2 * inv7 + 35.0 * z2 * z2 * inv9)
