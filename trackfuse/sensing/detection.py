"""Detection theory: probability from signal-to-noise ratio and back, exactly and by the two usual approximations."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc, gammainccinv, gammaln

from trackfuse.core.errors import SettingsError, check_between

SWERLING = (0, 1, 2, 3, 4)


def _check(pfa: float, swerling: int, pulses: int) -> None:
    check_between(SettingsError, "pfa", pfa, 1e-15, 0.5)
    if swerling not in SWERLING:
        raise SettingsError(f"swerling: {swerling!r} is not 0, 1, 2, 3 or 4")
    if not 1 <= pulses <= 10_000 or int(pulses) != pulses:
        raise SettingsError(f"pulses: {pulses!r} is not a whole number in [1, 10000]")


def _log_arrivals(mean: np.ndarray, shape: float, counts: np.ndarray) -> np.ndarray:
    """Log of the chance of each count when Poisson arrivals have a gamma-distributed mean (infinite `shape`: fixed)."""
    if math.isinf(shape):
        return counts * np.log(mean) - mean - gammaln(counts + 1.0)
    ratio = mean / shape
    ways = gammaln(shape + counts) - gammaln(counts + 1.0) - gammaln(shape)
    return ways + counts * (np.log(ratio) - np.log1p(ratio)) - shape * np.log1p(ratio)


def detection_probability(snr_db: ArrayLike, pfa: float, swerling: int, pulses: int = 1) -> np.ndarray:
    """Probability that a square-law detector with non-coherent integration finds the target, exactly.

    The sum of pulses is a gamma variable whose order is raised by a count of arrivals: Poisson for a steady target,
    negative binomial for one that fluctuates. Its terms end where the order passes the threshold.

    Parameters
    ----------
    snr_db : array_like, any shape
        Mean signal-to-noise ratio of one pulse, dB, -100 to 200.
    pfa : float
        False-alarm probability, 1e-15 to 0.5.
    swerling : int
        0 steady; 1 and 2 exponential cross-section, 3 and 4 chi-square with four degrees of freedom; 1 and 3 constant
        over the pulses, 2 and 4 independent from pulse to pulse.
    pulses : int
        Pulses integrated, 1 to 10,000.

    Returns
    -------
    ndarray, shape of `snr_db`
        Probability; absolute error below 1e-12.

    Raises
    ------
    SettingsError
        If an argument is out of range.

    References
    ----------
    Marcum 1960; Swerling 1960, IRE Trans. IT-6; Shnidman 1995, IEEE Trans. AES 31(3).
    """
    _check(pfa, swerling, pulses)
    snr = np.asarray(snr_db, dtype=float)
    if not np.all((snr >= -100.0) & (snr <= 200.0)):
        raise SettingsError("snr_db: not all values are numbers in [-100, 200]")
    threshold = float(gammainccinv(pulses, pfa))
    shape = {0: math.inf, 1: 1.0, 2: float(pulses), 3: 2.0, 4: 2.0 * pulses}[swerling]
    counts = np.arange(max(1.0, threshold + 14.0 * math.sqrt(threshold) + 60.0 - pulses))
    below = gammainc(pulses + counts, threshold)
    mean = (pulses * 10.0 ** (0.1 * snr))[..., None]
    missed = np.exp(_log_arrivals(mean, shape, counts)) @ below
    return np.clip(1.0 - missed, 0.0, 1.0)


def required_snr_db(pd: float, pfa: float, swerling: int, pulses: int = 1) -> float:
    """Signal-to-noise ratio of one pulse at which the detection probability is `pd`.

    Parameters
    ----------
    pd : float
        Above `pfa` and below 1.
    pfa, swerling, pulses
        As in `detection_probability`.

    Returns
    -------
    float
        dB, to 1e-9.

    Raises
    ------
    SettingsError
        If an argument is out of range, or no signal-to-noise ratio between -60 and 150 dB gives `pd`.

    Notes
    -----
    The root of `detection_probability`, whose sources hold. Source: `sensing.detection.detection_probability`.
    """
    from scipy.optimize import brentq

    _check(pfa, swerling, pulses)
    check_between(SettingsError, "pd", pd, pfa, 1.0 - 1e-12, open_low=True)

    def surplus(snr_db: float) -> float:
        return float(detection_probability(snr_db, pfa, swerling, pulses)) - pd

    if surplus(-60.0) > 0.0 or surplus(150.0) < 0.0:
        raise SettingsError(f"pd: {pd!r} is not reached between -60 and 150 dB at pfa {pfa!r}")
    return float(brentq(surplus, -60.0, 150.0, xtol=1e-10))


def albersheim_db(pd: float, pfa: float, pulses: int = 1) -> float:
    """Signal-to-noise ratio of one pulse that a steady target needs, by Albersheim's formula for a linear detector.

    Parameters
    ----------
    pd : float
        Detection probability; the formula is meant for 0.1 to 0.9. Against the exact square law at one pulse it is
        within 0.1 dB from 0.4 to 0.9, within 0.3 dB from 0.3 on, and more than 0.7 dB too low at 0.1.
    pfa : float
        False-alarm probability; meant for 1e-7 to 1e-3.
    pulses : int
        Pulses integrated, 1 to 8096.

    Returns
    -------
    float
        dB. A square-law detector needs 0.3 dB more at ten pulses.

    Raises
    ------
    SettingsError
        If an argument is out of range.

    References
    ----------
    Albersheim 1981, Proc. IEEE 69(7).
    """
    _check(pfa, 0, pulses)
    check_between(SettingsError, "pd", pd, 1e-3, 1.0 - 1e-6)
    a, b = math.log(0.62 / pfa), math.log(pd / (1.0 - pd))
    slope = 6.2 + 4.54 / math.sqrt(pulses + 0.44)
    return -5.0 * math.log10(pulses) + slope * math.log10(a + 0.12 * a * b + 1.7 * b)


def shnidman_db(pd: float, pfa: float, swerling: int, pulses: int = 1) -> float:
    """Signal-to-noise ratio of one pulse that a target needs, by Shnidman's formula for a square-law detector.

    Parameters
    ----------
    pd : float
        Detection probability; the formula is meant for 0.1 to 0.99, where it is within 1 dB.
    pfa : float
        False-alarm probability; meant for 1e-9 to 1e-3.
    swerling : int
        0 to 4.
    pulses : int
        Pulses integrated; meant for 1 to 100.

    Returns
    -------
    float
        dB.

    Raises
    ------
    SettingsError
        If an argument is out of range.

    References
    ----------
    Shnidman 2002, IEEE Trans. AES 38(3).
    """
    _check(pfa, swerling, pulses)
    check_between(SettingsError, "pd", pd, 1e-3, 1.0 - 1e-6)
    inverse = {0: 0.0, 1: 1.0, 2: 1.0 / pulses, 3: 0.5, 4: 0.5 / pulses}[swerling]
    alpha = 0.0 if pulses < 40 else 0.25
    signed = math.copysign(math.sqrt(-0.8 * math.log(4.0 * pd * (1.0 - pd))), pd - 0.5)
    eta = math.sqrt(-0.8 * math.log(4.0 * pfa * (1.0 - pfa))) + signed
    steady = eta * (eta + 2.0 * math.sqrt(0.5 * pulses + alpha - 0.25)) / pulses
    loss_db = inverse * (((17.7006 * pd - 18.4496) * pd + 14.5339) * pd - 3.525)
    if pd > 0.872:
        bend = 0.7 * math.log(1e-5 / pfa) + (2.0 * pulses - 20.0) / 80.0
        loss_db += inverse * (math.exp(27.31 * pd - 25.14) + (pd - 0.8) * bend)
    return 10.0 * math.log10(steady) + loss_db
