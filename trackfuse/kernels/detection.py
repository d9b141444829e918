"""Detection probability of one look behind a square-law detector, by type of fluctuation.

SNR is the mean signal-to-noise power ratio (linear); the threshold is on power over mean noise power, -ln(Pfa).
Sources: Marcum 1960; Swerling 1960; DiFranco and Rubin 1968, chapters 9 to 11.
"""

import math

import numpy as np

from trackfuse.kernels.jit import njit

_INVERSE = 1.0 / np.arange(1.0, 257.0)


@njit
def steady(snr, threshold):
    """Marcum's Q function Q1(sqrt(2 snr), sqrt(2 threshold)): a target that does not fluctuate.

    Summed as 1 - sum over j of Poisson(j; snr) P(1 + j, threshold), whose terms end soon after j = threshold;
    absolute error below 1e-12 for thresholds up to 100.
    """
    apart = math.sqrt(snr) - math.sqrt(threshold)
    if apart > 6.0:
        return 1.0
    if apart < -6.0:
        return 0.0
    arrival = math.exp(-snr)
    tail = -math.expm1(-threshold)
    step = math.exp(-threshold)
    miss = 0.0
    for j in range(_INVERSE.size):
        miss += arrival * tail
        arrival *= snr * _INVERSE[j]
        step *= threshold * _INVERSE[j]
        tail -= step
        if tail < 1e-13:
            break
    return min(1.0, max(0.0, 1.0 - miss))


@njit
def swerling1(snr, threshold):
    """Exponentially distributed cross-section, constant within a look: Pfa ** (1 / (1 + snr))."""
    return math.exp(-threshold / (1.0 + snr))


@njit
def swerling3(snr, threshold):
    """Cross-section of one large and many small scatterers (chi-square, 4 degrees of freedom), constant in a look."""
    spread = 1.0 + 0.5 * snr
    return math.exp(-threshold / spread) * (1.0 + threshold * 0.5 * snr / (spread * spread))


@njit
def detection(snr, threshold, swerling):
    """Detection probability of one look for Swerling type 0, 1 or 3."""
    if swerling == 1:
        return swerling1(snr, threshold)
    if swerling == 3:
        return swerling3(snr, threshold)
    return steady(snr, threshold)


@njit
def required(probability, threshold, swerling):
    """Least SNR, -60 to 100 dB, at which one look detects with a probability between Pfa and 1, by bisection."""
    low, high = -60.0, 100.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if detection(10.0 ** (0.1 * middle), threshold, swerling) < probability:
            low = middle
        else:
            high = middle
    return 10.0 ** (0.1 * high)
