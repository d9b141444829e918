"""Motion of a target: acceleration, its gradients, and one step. SI, ECEF, nothing allocated.

Gravitation with J2, apparent forces, drag (`inverse_ballistic_coefficient`, m^2/kg; 0: none), and thrust that grows as
the rocket equation has it, a' = a^2 `inverse_exhaust_speed` (s/m; 0: constant). Source: Li & Jilkov, Survey of
maneuvering target tracking II (2001).
"""

import math

from trackfuse.core.constants import EARTH_RATE_RADPS as W
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.gravity import coast_acceleration, position_gradient
from trackfuse.kernels.jit import njit

AIR_RADIUS2 = (6378137.0 + 120e3) ** 2
"""Square of the geocentric distance above which drag is left out: 1e-4 m/s^2 at 7 km/s and 5,000 kg/m^2."""


@njit
def drag_rate(x, y, z, speed, inverse_ballistic_coefficient):
    """Deceleration by drag over speed, 1/s."""
    if inverse_ballistic_coefficient == 0.0 or x * x + y * y + z * z > AIR_RADIUS2:
        return 0.0
    return 0.5 * density(altitude(x, y, z)) * speed * inverse_ballistic_coefficient


@njit
def acceleration(x, y, z, vx, vy, vz, thrust, inverse_ballistic_coefficient):
    """Acceleration (m/s^2) in free fall with drag and axial thrust."""
    ax, ay, az = coast_acceleration(x, y, z, vx, vy, vz)
    if thrust != 0.0 or inverse_ballistic_coefficient != 0.0:
        speed = math.sqrt(vx * vx + vy * vy + vz * vz)
        along = thrust / speed - drag_rate(x, y, z, speed, inverse_ballistic_coefficient)
        ax, ay, az = ax + along * vx, ay + along * vy, az + along * vz
    return ax, ay, az


@njit
def fly_step(s, thrust, h, inverse_ballistic_coefficient, inverse_exhaust_speed):
    """One Runge-Kutta step of fourth order. Returns the state after it and halfway, as tuples.

    Local error below 1e-4 m for 10 s of free fall above the air, and for 1 s in the air or under thrust.
    """
    x, y, z, vx, vy, vz = s
    half, drag = 0.5 * h, inverse_ballistic_coefficient
    t1 = thrust / (1.0 - thrust * inverse_exhaust_speed * half)
    t2 = thrust / (1.0 - thrust * inverse_exhaust_speed * h)
    a0, a1, a2 = acceleration(x, y, z, vx, vy, vz, thrust, drag)
    ux, uy, uz = vx + half * a0, vy + half * a1, vz + half * a2
    b0, b1, b2 = acceleration(x + half * vx, y + half * vy, z + half * vz, ux, uy, uz, t1, drag)
    wx, wy, wz = vx + half * b0, vy + half * b1, vz + half * b2
    mx, my, mz = x + half * ux, y + half * uy, z + half * uz
    c0, c1, c2 = acceleration(mx, my, mz, wx, wy, wz, t1, drag)
    ex, ey, ez = vx + h * c0, vy + h * c1, vz + h * c2
    d0, d1, d2 = acceleration(x + h * wx, y + h * wy, z + h * wz, ex, ey, ez, t2, drag)
    g = h / 6.0
    x, y = x + g * (vx + 2.0 * (ux + wx) + ex), y + g * (vy + 2.0 * (uy + wy) + ey)
    z = z + g * (vz + 2.0 * (uz + wz) + ez)
    vx, vy = vx + g * (a0 + 2.0 * (b0 + c0) + d0), vy + g * (a1 + 2.0 * (b1 + c1) + d1)
    vz = vz + g * (a2 + 2.0 * (b2 + c2) + d2)
    return (x, y, z, vx, vy, vz), (mx, my, mz, wx, wy, wz)


@njit
def gradients(s, thrust, inverse_ballistic_coefficient, by_position, by_velocity):
    """Write d(acceleration)/d(position) and d(acceleration)/d(velocity), 3 by 3; that by thrust is the unit
    velocity.
    """
    x, y, z, vx, vy, vz = s
    position_gradient(x, y, z, by_position)
    for i in range(3):
        for j in range(3):
            by_velocity[i, j] = 0.0
    by_velocity[0, 1], by_velocity[1, 0] = 2.0 * W, -2.0 * W
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    u = (vx / speed, vy / speed, vz / speed)
    rate = drag_rate(x, y, z, speed, inverse_ballistic_coefficient)
    push = thrust / speed
    for i in range(3):
        by_velocity[i, i] += push - rate
        for j in range(3):
            by_velocity[i, j] -= (push + rate) * u[i] * u[j]
    if rate > 0.0:
        r = math.sqrt(x * x + y * y + z * z)
        up = (x / r, y / r, z / r)
        dx, dy, dz, drag = 50.0 * up[0], 50.0 * up[1], 50.0 * up[2], inverse_ballistic_coefficient
        lapse = (drag_rate(x + dx, y + dy, z + dz, speed, drag)
                 - drag_rate(x - dx, y - dy, z - dz, speed, drag)) * speed / 100.0
        for i in range(3):
            for j in range(3):
                by_position[i, j] -= lapse * u[i] * up[j]
