"""Cross-covariance of two nodes' own tracks that share nothing but the target's process noise.

What a report carries is enough: of two covariances of one track, a cycle apart, the later is the earlier carried on,
times the response of the error to its past, so P+ = L P- gives L. Errors of two tracks respond each by its own L to the
same process noise: C+ = L1 (F C F' + Q) L2' (Bar-Shalom 1981). Plots within a cycle count as taken at its end.
"""

from trackfuse.kernels.filter import MEAN, add_axial, add_white, free_transition
from trackfuse.kernels.fusion import inverse
from trackfuse.kernels.fusion_rules import times, times_transposed
from trackfuse.kernels.jit import njit


@njit
def noise_of(f, mean, burning, h, motion):
    """Write the process noise of `h` seconds into the covariance of `f`: steering and throttling as likely as the
    engine burns.
    """
    for i in range(6):
        f[MEAN, i] = mean[i]
        for j in range(6):
            f[i, j] = 0.0
    add_white(f, h, motion.coast + burning * motion.steering)
    if burning > 0.0:
        s = (mean[0], mean[1], mean[2], mean[3], mean[4], mean[5])
        walk = burning * motion.walk
        add_axial(f, s, walk * h**5 / 20.0, walk * h**4 / 8.0, walk * h**3 / 3.0)


@njit
def carry_over(a, phi, q, w):
    """a <- phi a phi' + q."""
    times(phi, a, w[8])
    times_transposed(w[8], phi, a)
    for i in range(6):
        for j in range(6):
            a[i, j] += q[i, j]


@njit
def respond(before, after, phi, q, response, w):
    """Write the response of a track's error to its past over a cycle; that of nothing learned where it cannot be
    had.
    """
    for i in range(6):
        for j in range(6):
            w[9][i, j] = before[i, j]
    carry_over(w[9], phi, q, w)
    if inverse(w[9], w[10], w[3]):
        times(after, w[10], response)
        return
    for i in range(6):
        for j in range(6):
            response[i, j] = 1.0 if i == j else 0.0


@njit
def cycle_step(cross, o, m, j, at_o, at_m, learns_o, learns_m, local, cycles, motion, noise, w):
    """Carry the cross-covariance of the tracks of `o` and `m` from cycle j - 1 to cycle j, in place.

    About the middle of the tracks' means of cycles `at_o` and `at_m`. `learns_o`, `learns_m`: whether that track takes
    in its plots of the cycle, or is carried on without.
    """
    mean, covariance, _, boosting = local
    h, s = cycles[j] - cycles[j - 1], w[15, 0]
    for i in range(6):
        s[i] = 0.5 * (mean[o, at_o, i] + mean[m, at_m, i])
    noise_of(noise, s, 0.5 * (boosting[o, at_o] + boosting[m, at_m]), h, motion)
    half = 0.5 * h
    free_transition(s[0] + half * s[3], s[1] + half * s[4], s[2] + half * s[5], h, w[11], w[12])
    carry_over(cross, w[11], noise, w)
    if learns_o:
        respond(covariance[o, j - 1], covariance[o, j], w[11], noise, w[13], w)
        times(w[13], cross, w[8])
        for i in range(6):
            for k in range(6):
                cross[i, k] = w[8][i, k]
    if learns_m:
        respond(covariance[m, j - 1], covariance[m, j], w[11], noise, w[13], w)
        times_transposed(cross, w[13], w[8])
        for i in range(6):
            for k in range(6):
                cross[i, k] = w[8][i, k]


@njit
def cross_all(local, cycles, motion, noise, crossed, w):
    """Write the cross-covariance of every two nodes' own tracks at every cycle into `crossed` (N, N, J, 6, 6)."""
    status = local[2]
    nodes, count = status.shape
    for o in range(nodes):
        for m in range(nodes):
            c = w[14]
            c[:] = 0.0
            for j in range(1, count):
                alive = status[o, j] == 1 and status[m, j] == 1 and status[o, j - 1] == 1 and status[m, j - 1] == 1
                if m > o and alive:
                    cycle_step(c, o, m, j, j - 1, j - 1, True, True, local, cycles, motion, noise, w)
                elif m > o:
                    c[:] = 0.0
                if m > o:
                    for i in range(6):
                        for k in range(6):
                            crossed[o, m, j, i, k] = c[i, k]
                            crossed[m, o, j, k, i] = c[i, k]


@njit
def cross_at(o, ko, m, km, j, crossed, local, cycles, motion, noise, out, w):
    """Write the cross-covariance of o's track of cycle ko and m's of cycle km, both carried to cycle j."""
    least = min(ko, km)
    for i in range(6):
        for k in range(6):
            out[i, k] = crossed[o, m, least, i, k]
    status = local[2]
    for t in range(least + 1, j + 1):
        learns_o = t <= ko and status[o, t - 1] == 1 and status[o, t] == 1
        learns_m = t <= km and status[m, t - 1] == 1 and status[m, t] == 1
        # About the reports' own means, however old: gravity's gradient hardly changes.
        cycle_step(out, o, m, t, min(t - 1, ko), min(t - 1, km), learns_o, learns_m, local, cycles, motion, noise, w)
