"""Extended Kalman filter of free fall for many runs side by side, in lanes that the compiler turns into vectors. SI,
ECEF.

The same filter as `trackfuse.kernels.filter` (`coast_step` above the air and `update6` of radar plots), held to it by a
test. All numbers of LANES (N) runs stand in one array, number by number: number k of lane l is at k * LANES + l. Every
innermost loop runs over the lanes, has a literal length and calls nothing that is not inlined; with one array the
compiler knows what overlaps. That is worth a factor of six over one run at a time; with fewer lanes the loops are
unrolled before they are turned into vectors, and half of it is lost. `fastmath` is allowed
here and nowhere else.
"""

import math

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS as W
from trackfuse.core.constants import MU_M3PS2
from trackfuse.kernels.angle import arc_tangent
from trackfuse.kernels.gravity import KJ2
from trackfuse.kernels.jit import njit

LANES = N = 64
MEAN, P, PHI, WORK, H, LEFT, GAIN, ROWS = 0, 6, 42, 78, 114, 123, 126, 134
"""First row of the mean (6), covariance (6, 6), transition (6, 6), its product with the covariance (6, 6), gradients of
a plot (3, 3), innovations (3), gain (6) with the innovation's variance and its share; and the number of rows.
"""


@njit(inline="always")
def pull(x, y, z, vx, vy):
    """Acceleration (m/s^2) in free fall in the rotating frame, as `gravity.coast_acceleration`."""
    inv2 = 1.0 / (x * x + y * y + z * z)
    inv3 = inv2 * math.sqrt(inv2)
    zz, bulge, centre = 5.0 * z * z * inv2, KJ2 * inv3 * inv2, -MU_M3PS2 * inv3
    flat = centre - bulge * (1.0 - zz) + W * W
    return flat * x + 2.0 * W * vy, flat * y - 2.0 * W * vx, (centre - bulge * (3.0 - zz)) * z


@njit(fastmath=True)
def move(f, h):
    """Predict the means by h seconds (Runge-Kutta, as `filter.fly_step`) and write the transitions (as
    `filter.free_transition`, about halfway).
    """
    half, sixth, h2, h3, w = 0.5 * h, h / 6.0, 0.5 * h * h, h * h * h / 6.0, 2.0 * W
    for at in range(LANES):
        x, y, z = f[at], f[N + at], f[2 * N + at]
        vx, vy, vz = f[3 * N + at], f[4 * N + at], f[5 * N + at]
        a0, a1, a2 = pull(x, y, z, vx, vy)
        ux, uy, uz = vx + half * a0, vy + half * a1, vz + half * a2
        b0, b1, b2 = pull(x + half * vx, y + half * vy, z + half * vz, ux, uy)
        wx, wy, wz = vx + half * b0, vy + half * b1, vz + half * b2
        mx, my, mz = x + half * ux, y + half * uy, z + half * uz
        c0, c1, c2 = pull(mx, my, mz, wx, wy)
        ex, ey, ez = vx + h * c0, vy + h * c1, vz + h * c2
        d0, d1, d2 = pull(x + h * wx, y + h * wy, z + h * wz, ex, ey)
        f[at] = x + sixth * (vx + 2.0 * (ux + wx) + ex)
        f[N + at] = y + sixth * (vy + 2.0 * (uy + wy) + ey)
        f[2 * N + at] = z + sixth * (vz + 2.0 * (uz + wz) + ez)
        f[3 * N + at] = vx + sixth * (a0 + 2.0 * (b0 + c0) + d0)
        f[4 * N + at] = vy + sixth * (a1 + 2.0 * (b1 + c1) + d1)
        f[5 * N + at] = vz + sixth * (a2 + 2.0 * (b2 + c2) + d2)
        # Gradient of the acceleration halfway, as `gravity.position_gradient`.
        inv2 = 1.0 / (mx * mx + my * my + mz * mz)
        inv3 = inv2 * math.sqrt(inv2)
        inv5 = inv3 * inv2
        inv7, zz = inv5 * inv2, mz * mz * inv2
        a = 3.0 * MU_M3PS2 * inv5 - KJ2 * inv7 * (35.0 * zz - 5.0)
        b = 3.0 * MU_M3PS2 * inv5 - KJ2 * inv7 * (35.0 * zz - 15.0)
        d = W * W - MU_M3PS2 * inv3 - KJ2 * inv5 * (1.0 - 5.0 * zz)
        g00, g01, g02 = d + a * mx * mx, a * mx * my, b * mx * mz
        g11, g12 = d + a * my * my, b * my * mz
        g22 = -MU_M3PS2 * (inv3 - 3.0 * mz * mz * inv5) - KJ2 * inv5 * (3.0 - 30.0 * zz + 35.0 * zz * zz)
        f[(PHI + 0) * N + at] = 1.0 + h2 * g00 + h3 * w * g01
        f[(PHI + 1) * N + at] = h2 * g01 + h3 * w * g11
        f[(PHI + 2) * N + at] = h2 * g02 + h3 * w * g12
        f[(PHI + 3) * N + at] = h3 * g00 + h - h3 * w * w
        f[(PHI + 4) * N + at] = h3 * g01 + h2 * w
        f[(PHI + 5) * N + at] = h3 * g02
        f[(PHI + 6) * N + at] = h2 * g01 - h3 * w * g00
        f[(PHI + 7) * N + at] = 1.0 + h2 * g11 - h3 * w * g01
        f[(PHI + 8) * N + at] = h2 * g12 - h3 * w * g02
        f[(PHI + 9) * N + at] = h3 * g01 - h2 * w
        f[(PHI + 10) * N + at] = h3 * g11 + h - h3 * w * w
        f[(PHI + 11) * N + at] = h3 * g12
        f[(PHI + 12) * N + at] = h2 * g02
        f[(PHI + 13) * N + at] = h2 * g12
        f[(PHI + 14) * N + at] = 1.0 + h2 * g22
        f[(PHI + 15) * N + at] = h3 * g02
        f[(PHI + 16) * N + at] = h3 * g12
        f[(PHI + 17) * N + at] = h3 * g22 + h
        f[(PHI + 18) * N + at] = h * g00 + h2 * w * g01
        f[(PHI + 19) * N + at] = h * g01 + h2 * w * g11
        f[(PHI + 20) * N + at] = h * g02 + h2 * w * g12
        f[(PHI + 21) * N + at] = 1.0 + h2 * g00 - h2 * w * w
        f[(PHI + 22) * N + at] = h2 * g01 + h * w
        f[(PHI + 23) * N + at] = h2 * g02
        f[(PHI + 24) * N + at] = h * g01 - h2 * w * g00
        f[(PHI + 25) * N + at] = h * g11 - h2 * w * g01
        f[(PHI + 26) * N + at] = h * g12 - h2 * w * g02
        f[(PHI + 27) * N + at] = h2 * g01 - h * w
        f[(PHI + 28) * N + at] = 1.0 + h2 * g11 - h2 * w * w
        f[(PHI + 29) * N + at] = h2 * g12
        f[(PHI + 30) * N + at] = h * g02
        f[(PHI + 31) * N + at] = h * g12
        f[(PHI + 32) * N + at] = h * g22
        f[(PHI + 33) * N + at] = h2 * g02
        f[(PHI + 34) * N + at] = h2 * g12
        f[(PHI + 35) * N + at] = 1.0 + h2 * g22


@njit(fastmath=True)
def spread(f, h, psd):
    """Covariances <- phi P phi' and the noise of white acceleration of density `psd` (m^2/s^3 an axis)."""
    for i in range(6):
        a = (PHI + 6 * i) * N
        for j in range(6):
            b, c = (P + j) * N, (WORK + 6 * i + j) * N
            for at in range(LANES):
                f[c + at] = (
                    f[a + at] * f[b + at] + f[a + N + at] * f[b + 6 * N + at]
                    + f[a + 2 * N + at] * f[b + 12 * N + at] + f[a + 3 * N + at] * f[b + 18 * N + at]
                    + f[a + 4 * N + at] * f[b + 24 * N + at] + f[a + 5 * N + at] * f[b + 30 * N + at]
                )
    noise = (psd * h * h * h / 3.0, 0.5 * psd * h * h, psd * h)
    for i in range(6):
        a = (WORK + 6 * i) * N
        for j in range(i, 6):
            b, c, d = (PHI + 6 * j) * N, (P + 6 * i + j) * N, (P + 6 * j + i) * N
            more = noise[(1 if j == i + 3 else 0) + (2 if i == j and i > 2 else 0)] if (j - i) % 3 == 0 else 0.0
            for at in range(LANES):
                t = (more + f[a + at] * f[b + at] + f[a + N + at] * f[b + N + at]
                     + f[a + 2 * N + at] * f[b + 2 * N + at] + f[a + 3 * N + at] * f[b + 3 * N + at]
                     + f[a + 4 * N + at] * f[b + 4 * N + at] + f[a + 5 * N + at] * f[b + 5 * N + at])
                f[c + at] = t
                f[d + at] = t


@njit(fastmath=True)
def look(f, z, site):
    """Write innovations and gradients of the plots `z` (range, azimuth and elevation, LANES of each) from one `site`
    (12,): its place and enu_from_ecef.
    """
    sx, sy, sz = site[0], site[1], site[2]
    e0, e1, e2, n0, n1, n2, u0, u1, u2 = (site[3], site[4], site[5], site[6], site[7], site[8], site[9], site[10],
                                          site[11])
    for at in range(LANES):
        x, y, zz = f[at] - sx, f[N + at] - sy, f[2 * N + at] - sz
        e, n, u = e0 * x + e1 * y + e2 * zz, n0 * x + n1 * y + n2 * zz, u0 * x + u1 * y + u2 * zz
        flat2 = e * e + n * n
        r2 = flat2 + u * u
        flat, r = math.sqrt(flat2), math.sqrt(r2)
        turn = z[N + at] - arc_tangent(e, n)
        turn = turn - 2.0 * math.pi if turn > math.pi else turn
        f[LEFT * N + at] = z[at] - r
        f[(LEFT + 1) * N + at] = turn + 2.0 * math.pi if turn < -math.pi else turn
        f[(LEFT + 2) * N + at] = z[2 * N + at] - arc_tangent(u, flat)
        inv, ae, an = 1.0 / r, n / flat2, -e / flat2
        lu = flat / r2
        le, ln = -e * u / (flat * r2), -n * u / (flat * r2)
        f[H * N + at] = x * inv
        f[(H + 1) * N + at] = y * inv
        f[(H + 2) * N + at] = zz * inv
        f[(H + 3) * N + at] = ae * e0 + an * n0
        f[(H + 4) * N + at] = ae * e1 + an * n1
        f[(H + 5) * N + at] = ae * e2 + an * n2
        f[(H + 6) * N + at] = le * e0 + ln * n0 + lu * u0
        f[(H + 7) * N + at] = le * e1 + ln * n1 + lu * u1
        f[(H + 8) * N + at] = le * e2 + ln * n2 + lu * u2


@njit(fastmath=True)
def take(f, variances):
    """Update by range, azimuth and elevation, one after the other, all linearised at the predicted state."""
    for k in range(3):
        h, left, s, scaled = (H + 3 * k) * N, (LEFT + k) * N, (GAIN + 6) * N, (GAIN + 7) * N
        for i in range(6):
            p, g = (P + 6 * i) * N, (GAIN + i) * N
            for at in range(LANES):
                f[g + at] = f[p + at] * f[h + at] + f[p + N + at] * f[h + N + at] \
                    + f[p + 2 * N + at] * f[h + 2 * N + at]
        g = GAIN * N
        for at in range(LANES):
            f[s + at] = 1.0 / (variances[k] + f[h + at] * f[g + at] + f[h + N + at] * f[g + N + at]
                              + f[h + 2 * N + at] * f[g + 2 * N + at])
            f[scaled + at] = f[left + at] * f[s + at]
        for later in range(k + 1, 3):
            c, d = (H + 3 * later) * N, (LEFT + later) * N
            for at in range(LANES):
                f[d + at] -= f[scaled + at] * (f[c + at] * f[g + at] + f[c + N + at] * f[g + N + at]
                                             + f[c + 2 * N + at] * f[g + 2 * N + at])
        for i in range(6):
            a = (GAIN + i) * N
            for at in range(LANES):
                f[i * N + at] += f[a + at] * f[scaled + at]
            for j in range(i, 6):
                b, c, d = (GAIN + j) * N, (P + 6 * i + j) * N, (P + 6 * j + i) * N
                for at in range(LANES):
                    t = f[c + at] - f[a + at] * f[s + at] * f[b + at]
                    f[c + at] = t
                    f[d + at] = t


@njit
def load(f, mean, covariance):
    """Set every lane to a mean (6,) and covariance (6, 6)."""
    for i in range(6):
        for at in range(LANES):
            f[i * N + at] = mean[i]
            for j in range(6):
                f[(P + 6 * i + j) * N + at] = covariance[i, j]


@njit
def follow_runs(mean, covariance, times, z, sites, variances, psd, keep, means, covariances):
    """Filter runs from one `mean` (6,) and `covariance` (6, 6) at time 0 by their plots `z` (runs, m, 3).

    `times` (m,) in order, `sites` (m, 12) and `variances` (m, 3) are the same for all runs. Writes into `means` (runs,
    kept, 6) and `covariances` (runs, kept, 6, 6) what there is after the plots `keep` (kept,), in order. The last
    block of lanes is filled up with the last run.
    """
    f, seen = np.empty(ROWS * N), np.empty(3 * N)
    runs = z.shape[0]
    for first in range(0, runs, LANES):
        load(f, mean, covariance)
        now, kept = 0.0, 0
        for m in range(times.shape[0]):
            if times[m] > now:
                move(f, times[m] - now)
                spread(f, times[m] - now, psd)
                now = times[m]
            for at in range(LANES):
                run = min(first + at, runs - 1)
                seen[at], seen[N + at], seen[2 * N + at] = z[run, m, 0], z[run, m, 1], z[run, m, 2]
            look(f, seen, sites[m])
            take(f, variances[m])
            while kept < keep.shape[0] and keep[kept] == m:
                for at in range(min(LANES, runs - first)):
                    for i in range(6):
                        means[first + at, kept, i] = f[i * N + at]
                        for j in range(6):
                            covariances[first + at, kept, i, j] = f[(P + 6 * i + j) * N + at]
                kept += 1
