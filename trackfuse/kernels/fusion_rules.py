"""Two tracks into one by the rule that is asked for, in six states; tests hold them to readable forms.

A track is one array (8, 7) as in `kernels.filter`. Each rule writes into the first track and tells whether it could:
where a matrix is not positive definite the first track is left as it was. `w` (WORK, 6, 6) is space to work in.
Weights make the determinant least, as in `kernels.fusion`. Sources: Julier & Uhlmann (1997) for covariance intersection
and (2001) for its split form; Bar-Shalom & Campo (1986) for a known cross-covariance; Noack, Sijs, Reinhardt & Hanebeck
(2017) for inverse covariance intersection.
"""

from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.information import adds, best_intersection, determinant, golden_search, inverse, search_with_ends
from trackfuse.kernels.jit import njit

CI, NAIVE, CAMPO, ICI, SPLIT, TRACKLET = 0, 1, 2, 3, 4, 5
WORK = 16
LEAST_WEIGHT = 1e-3
"""Nearer than this to an end no weight is tried that divides a covariance."""


@njit
def copy_matrix(a, out):
    """out <- a, of six rows and columns."""
    for i in range(6):
        for j in range(6):
            out[i, j] = a[i, j]


@njit
def times(a, b, out):
    """out <- a b, of six rows and columns; `out` is neither."""
    for i in range(6):
        for j in range(6):
            t = 0.0
            for k in range(6):
                t += a[i, k] * b[k, j]
            out[i, j] = t


@njit
def times_transposed(a, b, out):
    """out <- a b', of six rows and columns; `out` is neither."""
    for i in range(6):
        for j in range(6):
            t = 0.0
            for k in range(6):
                t += a[i, k] * b[j, k]
            out[i, j] = t


@njit
def move(a, covariance, gain, b):
    """Give track `a` a covariance, and a mean that goes by `gain` towards that of `b`."""
    left = (b[MEAN, 0] - a[MEAN, 0], b[MEAN, 1] - a[MEAN, 1], b[MEAN, 2] - a[MEAN, 2],
            b[MEAN, 3] - a[MEAN, 3], b[MEAN, 4] - a[MEAN, 4], b[MEAN, 5] - a[MEAN, 5])
    for i in range(6):
        for j in range(6):
            a[i, j] = 0.5 * (covariance[i, j] + covariance[j, i])
            a[MEAN, i] += gain[i, j] * left[j]


@njit
def informations(a, b, w):
    """Write the informations of two tracks into w[0] and w[1]; False if one has none."""
    return inverse(a, w[0], w[3]) and inverse(b, w[1], w[3])


@njit
def fuse_informations(a, b, w):
    """Fuse track `b` into `a` by the informations w[0] and w[1], as if independent."""
    for i in range(6):
        for j in range(6):
            w[2, i, j] = w[0, i, j] + w[1, i, j]
    if not inverse(w[2], w[4], w[3]):
        return False
    times(w[4], w[1], w[5])
    move(a, w[4], w[5], b)
    return True


@njit
def intersect(a, b, w):
    """Covariance intersection."""
    if not informations(a, b, w):
        return False
    if not adds(a, w[1]):
        return True
    weight, _ = best_intersection(w[0], w[1], w[3])
    for i in range(6):
        for j in range(6):
            w[0, i, j] *= weight
            w[1, i, j] *= 1.0 - weight
    return fuse_informations(a, b, w)


@njit
def add(a, b, w):
    """Information of both, as if independent."""
    return informations(a, b, w) and fuse_informations(a, b, w)


@njit
def determinant_of_sum(one, two, both, low):
    """Determinant of the sum of two symmetric matrices; `both` and `low` are scratch."""
    for i in range(6):
        for j in range(6):
            both[i, j] = one[i, j] + two[i, j]
    return determinant(both, both, 1.0, low)


@njit
def known_cross(a, b, cross, gain, w):
    """Bar-Shalom and Campo, with the cross-covariance given; writes the gain too.

    Refuses a cross-covariance with which the two would have no positive definite joint covariance, or by which they
    would tell more than if they were independent: what is common cannot help.
    """
    lead, between, fused = w[0], w[1], w[2]
    if not (inverse(a, w[4], w[3]) and inverse(b, w[5], w[3])):
        return False
    most = determinant_of_sum(w[4], w[5], w[6], w[3])
    for i in range(6):
        for j in range(6):
            lead[i, j] = a[i, j] - cross[i, j]
            between[i, j] = a[i, j] + b[i, j] - cross[i, j] - cross[j, i]
    if not inverse(between, w[4], w[3]):
        return False
    times(lead, w[4], gain)
    times_transposed(gain, lead, fused)
    for i in range(6):
        for j in range(6):
            w[5][i, j] = a[i, j] - 0.5 * (fused[i, j] + fused[j, i])
    size = determinant(w[5], w[5], 1.0, w[3])
    if size == 0.0 or size * most < 1.0 - 1e-9:
        return False
    move(a, w[5], gain, b)
    return True


@njit
def without_common(a, b, weight, w):
    """Write into w[5] the information of both (w[0] and w[1]) less that of the mixture, into w[6] the latter; its
    determinant.
    """
    for i in range(6):
        for j in range(6):
            w[4][i, j] = weight * a[i, j] + (1.0 - weight) * b[i, j]
    if not inverse(w[4], w[6], w[3]):
        return 0.0
    for i in range(6):
        for j in range(6):
            w[5][i, j] = w[0][i, j] + w[1][i, j] - w[6][i, j]
    return determinant(w[5], w[5], 1.0, w[3])


best_without_common = search_with_ends("best_without_common", without_common)


@njit
def inverse_intersect(a, b, w):
    """Inverse covariance intersection."""
    if not informations(a, b, w):
        return False
    weight, best = best_without_common(a, b, w)
    if best == 0.0 or without_common(a, b, weight, w) == 0.0 or not inverse(w[5], w[7], w[3]):
        return False
    for i in range(6):
        for j in range(6):
            w[6][i, j] = w[1][i, j] - (1.0 - weight) * w[6][i, j]
    times(w[7], w[6], w[5])
    move(a, w[7], w[5], b)
    return True


@njit
def grown(a, part, weight, out, w):
    """Information of a track whose dependent part is grown by a weight; False if there is none."""
    for i in range(6):
        for j in range(6):
            w[4][i, j] = a[i, j] + (1.0 / weight - 1.0) * part[i, j]
    return inverse(w[4], out, w[3])


@njit
def split_size(a, b, weight, w):
    """Determinant of the information of both under a weight, with their dependent parts in w[8] and w[9]; their
    informations in w[0] and w[1], the sum in w[2].
    """
    if not (grown(a, w[8], weight, w[0], w) and grown(b, w[9], 1.0 - weight, w[1], w)):
        return 0.0
    for i in range(6):
        for j in range(6):
            w[2][i, j] = w[0][i, j] + w[1][i, j]
    return determinant(w[2], w[2], 1.0, w[3])


best_split = golden_search("best_split", split_size)


@njit
def split_intersect(a, b, part_a, part_b, w):
    """Split covariance intersection: `part_a`, `part_b` may be correlated, the rest is independent; writes into
    `part_a` too.
    """
    for i in range(6):
        for j in range(6):
            w[8][i, j], w[9][i, j] = part_a[i, j], part_b[i, j]
    weight, _ = best_split(a, b, LEAST_WEIGHT, 1.0 - LEAST_WEIGHT, w)
    if split_size(a, b, weight, w) == 0.0 or not inverse(w[2], w[5], w[3]):
        return False
    times(w[5], w[0], w[6])
    times(w[5], w[1], w[7])
    for i in range(6):
        for j in range(6):
            w[8][i, j], w[9][i, j] = a[i, j] - w[8][i, j], b[i, j] - w[9][i, j]
            part_a[i, j] = w[5][i, j]
    for k in range(2):
        times(w[6 + k], w[8 + k], w[10])
        times_transposed(w[10], w[6 + k], w[11])
        for i in range(6):
            for j in range(6):
                part_a[i, j] -= w[11][i, j]
    move(a, w[5], w[7], b)
    return True
