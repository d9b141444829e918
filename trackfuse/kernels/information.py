"""Informations (inverse covariances) of six states, and the weights at which their determinants are greatest.

Source: Hurley, An information theoretic justification for covariance intersection (2002), for the determinant as the
criterion.
"""

import math

from trackfuse.kernels.jit import njit

SECTIONS = 7
"""Golden sections in the search for the weight: to 2 %, at a flat optimum. Any weight is consistent."""
GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
NEAR = 1.01 * GOLDEN**SECTIONS
"""How near to an end of [0, 1] a search comes that is led towards it by every section."""


@njit
def determinant(a, b, weight, low):
    """Determinant of the mixture of two symmetric (6, 6), weight a + (1 - weight) b; 0 if it is not positive definite.

    By Cholesky's way without the roots; `low` is scratch.
    """
    result = 1.0
    for i in range(6):
        for j in range(i + 1):
            t = b[i, j] + weight * (a[i, j] - b[i, j])
            for k in range(j):
                t -= low[i, k] * low[j, k] * low[k, k]
            if i == j:
                if not t > 0.0:
                    return 0.0
                low[i, i] = t
                result *= t
            else:
                low[i, j] = t / low[j, j]
    return result


@njit
def inverse(p, out, low):
    """Inverse of the leading 6 by 6 of a symmetric matrix into `out`, symmetric; False if it is not positive
    definite.
    """
    if determinant(p, p, 1.0, low) == 0.0:
        return False
    for j in range(6):
        for i in range(j, 6):
            t = 1.0 if i == j else 0.0
            for k in range(j, i):
                t -= low[i, k] * out[k, j]
            out[i, j] = t
        for i in range(j, 6):
            out[i, j] /= low[i, i]
        for i in range(5, j - 1, -1):
            t = out[i, j]
            for k in range(i + 1, 6):
                t -= low[k, i] * out[k, j]
            out[i, j] = t
    for i in range(6):
        for j in range(i):
            out[j, i] = out[i, j]
    return True


@njit
def adds(f, information):
    """Whether any weight of some information makes a track's determinant smaller: whether it does at a small
    weight.
    """
    t = 0.0
    for i in range(6):
        for j in range(6):
            t += f[i, j] * information[i, j]
    return t > 6.0 + 1e-9


def golden_search(name, size):
    """A kernel `name` that finds the weight in [left, right] of the greatest `size(a, b, weight, scratch)`, and that
    size, by golden sections.
    """

    @njit(name=name)
    def search(a, b, left, right, scratch):
        x, y = right - GOLDEN * (right - left), left + GOLDEN * (right - left)
        fx, fy = size(a, b, x, scratch), size(a, b, y, scratch)
        for _ in range(SECTIONS):
            if fx < fy:
                left, x, fx = x, y, fy
                y = left + GOLDEN * (right - left)
                fy = size(a, b, y, scratch)
            else:
                right, y, fy = y, x, fx
                x = right - GOLDEN * (right - left)
                fx = size(a, b, x, scratch)
        return (x, fx) if fx > fy else (y, fy)

    return search


def search_with_ends(name, size):
    """As `golden_search` in [0, 1], the ends included: there one track holds all that the other does, and the search
    comes near them but never there.
    """
    within = golden_search(f"{name}_within", size)

    @njit(name=name)
    def search(a, b, scratch):
        weight, best = within(a, b, 0.0, 1.0, scratch)
        for end in (1.0, 0.0):
            f = size(a, b, end, scratch)
            if f >= best:
                weight, best = end, f
        return weight, best

    return search


_inner_intersection = golden_search("_inner_intersection", determinant)


@njit
def best_intersection(a, b, scratch):
    """As `search_with_ends` of the determinant. Its sixth root is concave in the weight (Minkowski), so that an end can
    hold the greatest only where the search has been led to it.
    """
    weight, best = _inner_intersection(a, b, 0.0, 1.0, scratch)
    for end in (1.0, 0.0):
        if abs(weight - end) < NEAR:
            f = determinant(a, b, end, scratch)
            if f >= best:
                return end, f
    return weight, best
