"""The size of the gate within which a detection may be a track's own."""

from trackfuse.core.errors import SettingsError, check_between


def gate_threshold(probability: float, measured: int) -> float:
    """Squared Mahalanobis distance below which a track's own detection lies with a given probability.

    Parameters
    ----------
    probability : float
        Above 0 and below 1.
    measured : int
        Numbers measured, 1 or more.

    Returns
    -------
    float
        Quantile of the chi-square distribution with so many degrees of freedom.

    Raises
    ------
    SettingsError
        If an argument is out of range.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 3.7.4; valid for Gaussian innovations.
    """
    from scipy.special import gammaincinv

    check_between(SettingsError, "gate probability", probability, 0.0, 1.0 - 1e-15, open_low=True)
    check_between(SettingsError, "gate measured", measured, 1, 1000)
    return 2.0 * float(gammaincinv(0.5 * measured, probability))
