"""Points on the plane that touches the ellipsoid, many at once: where a centre of a live run has a millisecond."""

import numpy as np

from trackfuse.kernels.geodesy import all_beside


def beside_rad(
    lat_rad: np.ndarray, lon_rad: np.ndarray, east_m: np.ndarray, north_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points so far east and north of others, on the plane that touches the WGS-84 ellipsoid there.

    Parameters
    ----------
    lat_rad, lon_rad : ndarray, shape (n,)
        Geodetic latitude and longitude of the others, rad; nan leads to nan.
    east_m, north_m : ndarray, shape (n,)
        m.

    Returns
    -------
    (ndarray, ndarray), each of shape (n,)
        Geodetic latitude and longitude of the points below, rad: as `pymap3d.enu2geodetic` gives them, which takes half
        a millisecond for one.
    """
    out = np.empty((2, len(lat_rad)))
    all_beside(*(np.ascontiguousarray(each, dtype=float) for each in (lat_rad, lon_rad, east_m, north_m)), out)
    return out[0], out[1]
