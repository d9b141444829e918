"""The US Standard Atmosphere 1976 for people: arrays of heights in, arrays out."""

import numpy as np

from trackfuse.kernels.atmosphere import TOP_M, density, temperature_pressure


def standard_atmosphere(alt_m: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Temperature, pressure and density of the US Standard Atmosphere 1976.

    Parameters
    ----------
    alt_m : float or ndarray, any shape
        Geometric height above mean sea level, m, from -5,000.

    Returns
    -------
    temperature_k : ndarray, same shape as `alt_m`
        Molecular-scale temperature, K; NaN above 86 km, where the standard has no closed form.
    pressure_pa : ndarray, same shape as `alt_m`
        Pressure, Pa; NaN above 86 km.
    density_kgpm3 : ndarray, same shape as `alt_m`
        Density, kg/m^3; interpolated in the standard's table from 86 to 200 km, 0 above.

    Notes
    -----
    Source: U.S. Standard Atmosphere, 1976 (NOAA-S/T 76-1562).
    """
    alt = np.asarray(alt_m, dtype=float)
    values = np.empty((3, alt.size))
    for i, height in enumerate(alt.ravel()):
        low = height <= TOP_M
        values[0, i], values[1, i] = temperature_pressure(height) if low else (np.nan, np.nan)
        values[2, i] = density(height)
    values = values.reshape((3, *alt.shape))
    return values[0, ...], values[1, ...], values[2, ...]
