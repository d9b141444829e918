"""How a track starts: constant acceleration, linear in converted plots, until the direction of flight is known well
enough.

The filters of `kernels.imm` push along the velocity, which three plots of a distant radar do not give: their velocity
may be wrong by hundreds of metres a second in any direction. So a track starts with [r, v, a] in nine states, linear
and hence consistent however poor the first plots are, and is handed to the interacting models once the velocity is
worth it. Lines of sight from two places start one alike (see `kernels.stereo`): the first gives a position across it
alone, the next ones the rest. Here a filter is an array (10, 9): the covariance, and in row N the mean.
Source: Bar-Shalom, Li & Kirubarajan (2001), chapter 6, for the noise of an acceleration that is a random walk.
"""

import math

from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.imm import BURN, COAST, THRUST_MPS2, THRUST_SIGMA_MPS2
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.kernels.stereo import crosses, fix, sight_of

SPEED_MPS = 4000.0
"""Prior standard deviation of the velocity, an axis."""
PUSH_MPS2 = 40.0
"""Prior standard deviation of the acceleration about free fall, an axis."""
KNOWN, KNOWN_BY_LINES = 0.15, 0.4
"""The velocity is known once its standard deviation is below this share of the speed: of a track that radars start, and
of one that lines of sight start. These see a plume, so that the engine burns for certain, and are so uncertain
themselves that a push in a somewhat wrong direction does not matter beside them.
"""
LATERAL_MPS2 = 2.0
"""How far a boosting target's acceleration may lie off the gravity turn."""
ALONG_M = 1e6
"""Standard deviation of the distance of what a single line of sight sees: so wide that it says nothing."""
RISE_MPS2, LOW_M = 20.0, 5000.0
"""A burning target has risen from the ground: at the height h it is about as fast as v = (2 a h)^1/2 with this a, at
heights above the lowest ..."""
CLIMB, CLIMB_SPREAD, SPREAD = 0.6, 0.4, 0.6
"""... and climbs at this share of v; standard deviations, of the climb and of each level axis, as shares of v, too."""
LIFT_MPS2, LIFT_SIGMA_MPS2 = 20.0, 15.0
"""Its acceleration about free fall: mean, upwards, and standard deviation, an axis."""
FALL_MPS2 = 0.5
"""How far a coasting target's acceleration may lie off free fall (drag, change during the start)."""
N = 9


@njit
def clear(h):
    """Set the nine numbers to zero."""
    for i in range(N):
        h[i] = 0.0


@njit
def condition(f, h, left, variance, gain):
    """Update by one number with gradient `h` (9,). Returns its log-likelihood without the constant."""
    n = f.shape[1]
    s = variance
    for i in range(n):
        gain[i] = 0.0
        for j in range(n):
            gain[i] += f[i, j] * h[j]
        s += h[i] * gain[i]
    for i in range(n):
        f[n, i] += gain[i] / s * left
        for j in range(i, n):
            f[i, j] -= gain[i] / s * gain[j]
            f[j, i] = f[i, j]
    return -0.5 * (left * left / s + math.log(s))


@njit
def point_of(plot):
    """ECEF point (m) that a radar plot means."""
    return point_at(plot, plot.z[0])


@njit
def point_at(plot, distance):
    """ECEF point (m) in the direction of a detection, so far (m) from its site."""
    flat = distance * math.cos(plot.z[2])
    e, n, u = flat * math.sin(plot.z[1]), flat * math.cos(plot.z[1]), distance * math.sin(plot.z[2])
    return (plot.site[0] + plot.enu[0] * e + plot.enu[3] * n + plot.enu[6] * u,
            plot.site[1] + plot.enu[1] * e + plot.enu[4] * n + plot.enu[7] * u,
            plot.site[2] + plot.enu[2] * e + plot.enu[5] * n + plot.enu[8] * u)


@njit
def initial_state(f, plot):
    """Write the state after one radar detection: position from it, velocity and acceleration from the prior."""
    state_at_distance(f, plot, plot.z[0], plot.sigma[0])


@njit
def initial_line(f, plot, other):
    """Write the state after one line of sight: a position as good as unknown along it, about where another crosses it.
    That other only says where to linearise, and how high a burning target is, which tells its motion roughly; its own
    information is for `update_initial` to add, at its own time.
    """
    x, _, _ = fix(plot, other)
    dx, dy, dz = x[0] - plot.site[0], x[1] - plot.site[1], x[2] - plot.site[2]
    state_at_distance(f, plot, math.sqrt(dx * dx + dy * dy + dz * dz), ALONG_M)
    size = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    fast = math.sqrt(2.0 * RISE_MPS2 * max(altitude(x[0], x[1], x[2]), LOW_M))
    level, steep = (SPREAD * fast) ** 2, (CLIMB_SPREAD * fast) ** 2
    for i in range(3):
        up = x[i] / size
        f[N, 3 + i] += CLIMB * fast * up
        f[N, 6 + i] += LIFT_MPS2 * up
        for j in range(3):
            one = 1.0 if i == j else 0.0
            upward = up * x[j] / size
            f[3 + i, 3 + j] = level * (one - upward) + steep * upward
            f[6 + i, 6 + j] = one * LIFT_SIGMA_MPS2 * LIFT_SIGMA_MPS2


@njit
def state_at_distance(f, plot, distance, sigma):
    """Write the state after one detection of a target so far from its site, with that standard deviation (m)."""
    m = point_at(plot, distance)
    r, _, _, g = look_at(m[0], m[1], m[2], plot)
    flat = r * math.cos(plot.z[2])
    scale = (sigma, flat * flat * plot.sigma[1], r * r * plot.sigma[2])
    fall = coast_acceleration(m[0], m[1], m[2], 0.0, 0.0, 0.0)
    for i in range(N):
        for j in range(N):
            f[i, j] = 0.0
    for i in range(3):
        f[N, i], f[N, 3 + i], f[N, 6 + i] = m[i], 0.0, fall[i]
        f[3 + i, 3 + i], f[6 + i, 6 + i] = SPEED_MPS * SPEED_MPS, PUSH_MPS2 * PUSH_MPS2
        for j in range(3):
            for k in range(3):
                f[i, j] += scale[k] * scale[k] * g[3 * k + i] * g[3 * k + j]


@njit
def partner_of(plots, mine, share, k, end):
    """Position, below `end`, of the detection nearest in time whose line of sight crosses that at position k; -1 if
    there is none.
    """
    best, least, sight = -1, math.inf, sight_of(plots[mine[k]])
    for j in range(end):
        apart = abs(plots[mine[j]].t_s - plots[mine[k]].t_s)
        if share[j] >= 0.5 and plots[mine[j]].infrared and apart < least and crosses(sight, sight_of(plots[mine[j]])):
            best, least = j, apart
    return best


@njit
def begin(plots, mine, share, first, end, f):
    """Fill an initial state (10, 9) from the detection at position `first` of a list, alone or with the line of sight,
    below `end`, that crosses its own. False if it holds no range and none does.
    """
    if not plots[mine[first]].infrared:
        initial_state(f, plots[mine[first]])
        return True
    other = partner_of(plots, mine, share, first, end)
    if other >= 0:
        initial_line(f, plots[mine[first]], plots[mine[other]])
    return other >= 0 and math.isfinite(f[N, 0])


@njit
def advance(f, h, thrust_psd, scratch):
    """Predict by h seconds: acceleration as a random walk of density `thrust_psd` (m^2/s^5 an axis)."""
    if h <= 0.0:
        return
    half = 0.5 * h * h
    for i in range(3):
        f[N, i] += h * f[N, 3 + i] + half * f[N, 6 + i]
        f[N, 3 + i] += h * f[N, 6 + i]
    # phi f phi', phi by its blocks: first the rows, then the columns.
    for j in range(N):
        for i in range(3):
            f[i, j] += h * f[3 + i, j] + half * f[6 + i, j]
            f[3 + i, j] += h * f[6 + i, j]
    for j in range(N):
        for i in range(3):
            f[j, i] += h * f[j, 3 + i] + half * f[j, 6 + i]
            f[j, 3 + i] += h * f[j, 6 + i]
    noise = ((h**5 / 20.0, h**4 / 8.0, h**3 / 6.0), (h**4 / 8.0, h**3 / 3.0, half), (h**3 / 6.0, half, h))
    for k in range(3):
        for i in range(3):
            for j in range(3):
                f[3 * i + k, 3 * j + k] += thrust_psd * noise[i][j]


@njit
def update_initial(f, plot, scratch):
    """Update by a detection: a radar's as the point it means, along its own range, azimuth and elevation directions."""
    h, gain = scratch[8, 0], scratch[8, 1]
    clear(h)
    if not plot.infrared:
        m = point_of(plot)
        r, _, _, g = look_at(m[0], m[1], m[2], plot)
        flat = r * math.cos(plot.z[2])
        for k in range(3):
            scale = 1.0 if k == 0 else (flat if k == 1 else r)
            left = 0.0
            for i in range(3):
                h[i] = scale * g[3 * k + i]
                left += h[i] * (m[i] - f[N, i])
            condition(f, h, left, (scale * plot.sigma[k]) ** 2, gain)
        return
    for k in range(1, 3):
        _, azimuth, elevation, g = look_at(f[N, 0], f[N, 1], f[N, 2], plot)
        for i in range(3):
            h[i] = g[3 * k + i]
        left = wrapped(plot.z[1] - azimuth) if k == 1 else plot.z[2] - elevation
        condition(f, h, left, plot.sigma[k] ** 2, gain)


@njit
def is_velocity_known(f, share):
    """Whether the velocity is known well enough to push along it: to this share of the speed."""
    speed2 = f[N, 3] ** 2 + f[N, 4] ** 2 + f[N, 5] ** 2
    return f[3, 3] + f[4, 4] + f[5, 5] < share * share * speed2


@njit
def copy_state(y, f):
    """Copy position and velocity into a filter."""
    for i in range(6):
        f[MEAN, i] = y[N, i]
        for j in range(6):
            f[i, j] = y[i, j]


@njit
def fill_coast(start, imm_state, scratch):
    """Fill the row of free fall: the start's state given that it falls freely. Returns the log-likelihood of that."""
    y, h, gain = start.copy(), scratch[8, 0], scratch[8, 1]
    total = 0.0
    for k in range(3):
        fall = coast_acceleration(y[N, 0], y[N, 1], y[N, 2], y[N, 3], y[N, 4], y[N, 5])
        clear(h)
        h[6 + k] = 1.0
        total += condition(y, h, fall[k] - y[N, 6 + k], FALL_MPS2 * FALL_MPS2, gain)
    copy_state(y, imm_state.filters[COAST])
    return total


@njit
def push(y):
    """Speed, unit velocity, axial acceleration beyond free fall, and what of it is across the velocity."""
    g = coast_acceleration(y[N, 0], y[N, 1], y[N, 2], y[N, 3], y[N, 4], y[N, 5])
    speed = math.sqrt(y[N, 3] ** 2 + y[N, 4] ** 2 + y[N, 5] ** 2)
    u = (y[N, 3] / speed, y[N, 4] / speed, y[N, 5] / speed)
    a = (y[N, 6] - g[0], y[N, 7] - g[1], y[N, 8] - g[2])
    axial = a[0] * u[0] + a[1] * u[1] + a[2] * u[2]
    return speed, u, axial, (a[0] - axial * u[0], a[1] - axial * u[1], a[2] - axial * u[2])


@njit
def fill_burn(start, imm_state, scratch):
    """Fill the row of the burning engine: nothing pushes across the velocity. Returns the log-likelihood of that."""
    y, h, gain = start.copy(), scratch[8, 0], scratch[8, 1]
    total = 0.0
    for side in range(2):
        speed, u, axial, across = push(y)
        # Two directions across u: away from the axis that u is farthest from, and across both.
        k = 0 if abs(u[0]) <= min(abs(u[1]), abs(u[2])) else (1 if abs(u[1]) <= abs(u[2]) else 2)
        e = ((1.0 if k == 0 else 0.0) - u[k] * u[0], (1.0 if k == 1 else 0.0) - u[k] * u[1],
             (1.0 if k == 2 else 0.0) - u[k] * u[2])
        if side == 1:
            e = (u[1] * e[2] - u[2] * e[1], u[2] * e[0] - u[0] * e[2], u[0] * e[1] - u[1] * e[0])
        length = math.sqrt(e[0] * e[0] + e[1] * e[1] + e[2] * e[2])
        clear(h)
        left = 0.0
        for i in range(3):
            h[3 + i] = -axial / speed * e[i] / length
            h[6 + i] = e[i] / length
            left -= across[i] * e[i] / length
        total += condition(y, h, left, LATERAL_MPS2 * LATERAL_MPS2, gain)
    copy_state(y, imm_state.filters[BURN])
    speed, u, axial, across = push(y)
    clear(h)
    for i in range(3):
        h[3 + i], h[6 + i] = across[i] / speed, u[i]
    f = imm_state.filters[BURN]
    f[MEAN, 6], f[6, 6] = axial, 0.0
    for i in range(N):
        t = 0.0
        for j in range(N):
            t += y[i, j] * h[j]
        f[6, 6] += h[i] * t
        if i < 6:
            f[i, 6], f[6, i] = t, t
    s = f[6, 6] + THRUST_SIGMA_MPS2 * THRUST_SIGMA_MPS2
    return total - 0.5 * ((axial - THRUST_MPS2) ** 2 / s + math.log(s))


@njit
def hand_over(start, t, imm_state, scratch):
    """Fill the interacting models from an initial state at its time t. Free fall and burning were equally likely before
    the detections.
    """
    fall, burn = fill_coast(start, imm_state, scratch), fill_burn(start, imm_state, scratch)
    imm_state.probability = 1.0 / (1.0 + math.exp(min(max(fall - burn, -20.0), 20.0)))
    imm_state.time, imm_state.surprise, imm_state.burned, imm_state.falling, imm_state.left = t, 0.0, t, 0.0, 0.0
    imm_state.seen = t
