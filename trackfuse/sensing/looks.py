"""Looks: what every sensor could see of one flight, and what one run makes of it.

Geometry is worked out once a scenario (`observe`); a run only draws (`draw`), and what is detected is then measured
(`measure`).
"""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from trackfuse.core.rng import generator
from trackfuse.kernels import looks as kernel
from trackfuse.sensing import sensor_model
from trackfuse.sensing.arrays import sensor_arrays
from trackfuse.sensing.detections import Detections, measured
from trackfuse.sensing.flight_path import FlightPath
from trackfuse.sensing.registration import air_biases, draw_registration, registration_effect, shift
from trackfuse.sensing.sensor import BuiltIn, Radar, Sensor, measures_rate
from trackfuse.sensing.shape import TUMBLING, Shape, pattern_row
from trackfuse.sensing.terrain import hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Every look that can possibly detect, sorted by time, then by sensor.

    Parameters
    ----------
    sensors : tuple of Radar, Infrared or SensorModel
        The S sensors that looked, also those that can see nothing.
    site_m : ndarray, shape (S, 3)
        Their ECEF positions, m; of a ship under way, at lift-off. `frames_at` has them at the looks.
    enu_from_ecef : ndarray, shape (S, 3, 3)
        Rotations into their local frames, rows east, north, up; of a ship under way, at lift-off. No unit.
    is_infrared : ndarray of bool, shape (S,)
    sensor : ndarray of int32, shape (n,)
        Index of the sensor that looks.
    number : ndarray of int32, shape (n,)
        Count of the look on the sensor's own clock from lift-off on, which addresses its noise.
    t_s : ndarray, shape (n,)
        Seconds after lift-off.
    range_m, azimuth_rad, elevation_rad : ndarray, shape (n,)
        True place of the target in the sensor's local frame; azimuth clockwise from north, [0, 2 pi).
    rate : ndarray, shape (n, 4)
        Their rates, m/s and rad/s, and that of the range rate, m/s^2; the motion of a ship counts.
    snr_db : ndarray, shape (n, 2)
        Mean signal-to-noise ratio uncued and cued; NaN for an infrared sensor.
    pd : ndarray, shape (n, 2)
        Detection probability uncued and cued; cued is never lower.
    sigma : ndarray, shape (n, 2, 4)
        Standard deviations of range (m), azimuth, elevation (rad) and range rate (m/s), uncued and cued; cued is never
        larger. Infinite for what is not measured: range and range rate of an infrared sensor and of others that measure
        angles alone, range rate of most radars.
    air : ndarray, shape (n, 3)
        What the air would add if it were not corrected, from `sensing.registration.air_biases`, rad and m.
    registration : ndarray, shape (n, 3, 8)
        What one standard deviation of each registration error of its sensor adds to range (m), azimuth and elevation
        (rad), in the order of `ERRORS`.
    """

    sensors: tuple[Sensor, ...]
    site_m: np.ndarray
    enu_from_ecef: np.ndarray
    is_infrared: np.ndarray
    sensor: np.ndarray
    number: np.ndarray
    t_s: np.ndarray
    range_m: np.ndarray
    azimuth_rad: np.ndarray
    elevation_rad: np.ndarray
    rate: np.ndarray
    snr_db: np.ndarray
    pd: np.ndarray
    sigma: np.ndarray
    air: np.ndarray
    registration: np.ndarray

    def to_frame(self) -> DataFrame:
        """One row a look, columns named with their units.

        Returns
        -------
        DataFrame
            Degrees and milliradians for people; `uncued` and `cued` columns side by side.
        """
        ids = np.array([sensor.sensor_id for sensor in self.sensors], dtype=object)
        table: dict[str, np.ndarray] = {
            "t_s": self.t_s,
            "sensor": ids[self.sensor],
            "number": self.number,
            "range_km": self.range_m / 1e3,
            "azimuth_deg": np.degrees(self.azimuth_rad),
            "elevation_deg": np.degrees(self.elevation_rad),
            "range_rate_mps": self.rate[:, 0],
        }
        for c, name in enumerate(("uncued", "cued")):
            table[f"snr_{name}_db"] = self.snr_db[:, c]
            table[f"pd_{name}"] = self.pd[:, c]
            table[f"sigma_range_{name}_m"] = self.sigma[:, c, 0]
            table[f"sigma_azimuth_{name}_mrad"] = 1e3 * self.sigma[:, c, 1]
            table[f"sigma_elevation_{name}_mrad"] = 1e3 * self.sigma[:, c, 2]
            table[f"sigma_range_rate_{name}_mps"] = self.sigma[:, c, 3]
        return DataFrame(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """One run's random numbers for every look.

    Parameters
    ----------
    uniform : ndarray, shape (n,)
        A look detects when its number is below its detection probability, cued or not.
    normal : ndarray, shape (n, 4)
        Errors of range, azimuth, elevation and range rate in standard deviations.
    registration : ndarray, shape (S, 8)
        Registration errors of the sensors, see `sensing.registration`: the same for all looks of a run. In the order of
        `ERRORS`: m, rad, s and a share.
    """

    uniform: np.ndarray
    normal: np.ndarray
    registration: np.ndarray


def observe(
    t_s: np.ndarray,
    position_m: np.ndarray,
    velocity_mps: np.ndarray,
    phase: np.ndarray,
    rcs_m2: np.ndarray,
    sensors: tuple[Sensor, ...],
    shapes: tuple[Shape, Shape, Shape] = (TUMBLING, TUMBLING, TUMBLING),
) -> Looks:
    """All looks that can possibly detect the object: in sector and elevation limits, above bent horizon and skyline.

    Parameters
    ----------
    t_s : ndarray, shape (k,)
        Instants of the flight in ascending order, s after lift-off, 2 or more; between them the truth is a cubic
        Hermite curve.
    position_m, velocity_mps : ndarray, shape (k, 3)
        Earth-fixed (ECEF) position and velocity.
    phase : ndarray of int8, shape (k,)
        0 boost, 1 coast, 2 re-entry; holds until the next instant.
    rcs_m2 : ndarray, shape (3,)
        Radar cross-section by phase, m^2: the mean over all aspects.
    sensors : tuple of Radar, Infrared or SensorModel
        S sensors, each looking on its own clock: see `first_look_s`; the last as they say.
    shapes : tuple of three Shape
        How the cross-section goes with aspect in each phase, the nose along the velocity over the ground; by default
        not at all.

    Returns
    -------
    Looks
        Radar looks have a cued detection probability above 1e-6 and above twice their Pfa (below that, a crossing is as
        likely the noise's as the target's). SNR from the range equation anchored on the radar's range; Pd of a single
        pulse by its Swerling type; accuracy from SNR (`kernels.looks`), with floors, and never worse than the beam and
        the range cell. Infrared looks: engine burning, above the cloud, and the Earth not in between.

    Raises
    ------
    PluginError
        If a sensor model of the user's own fails.

    Notes
    -----
    Rays follow Bouguer's law in the exponential atmosphere over the sphere that fits the Earth around each radar:
    elevation limits hold for the apparent elevation. Valid for targets beyond the horizon distance of a site, or higher
    than it.
    """
    arrays = sensor_arrays(sensors)
    path = FlightPath(t_s=t_s, position_m=position_m, velocity_mps=velocity_mps, phase=phase, rcs_m2=rcs_m2)
    found = _all_looks(sensors, path, shapes)
    rows = _not_missed(tuple(sensors), found)
    kept = kernel.LookRows(*(values[rows] for values in found))
    place = _place_of(kept)
    air = air_biases(sensors, kept.sensor, place, kept.rate)
    return Looks(
        sensors=tuple(sensors), site_m=arrays.site_m, enu_from_ecef=arrays.enu_from_ecef,
        is_infrared=arrays.is_infrared, air=air,
        registration=registration_effect(sensors, kept.sensor, place, kept.rate, air), **kept._asdict(),
    )  # fmt: skip


def _place_of(looks: Looks | kernel.LookRows) -> np.ndarray:
    """True range (m), azimuth and elevation (rad) and range rate (m/s) at each look, shape (n, 4)."""
    return np.stack([looks.range_m, looks.azimuth_rad, looks.elevation_rad, looks.rate[:, 0]], axis=1)


def _all_looks(
    sensors: tuple[Sensor, ...], path: FlightPath, shapes: tuple[Shape, Shape, Shape]
) -> kernel.LookRows:
    """Looks of the built-in sensors and of models of the user's own, in order of time, then of sensor."""
    own = {s: sensor for s, sensor in enumerate(sensors) if not isinstance(sensor, BuiltIn)}
    if not own:
        return _built_in_looks(sensors, path, shapes)
    built_in = np.array([s for s in range(len(sensors)) if s not in own], dtype=np.int32)
    found = _built_in_looks(tuple(sensors[s] for s in built_in), path, shapes)
    parts = [found._replace(sensor=built_in[found.sensor])]
    for s, model in own.items():
        made = sensor_model.rows_of(model, path)
        parts.append(made._replace(sensor=made.sensor + np.int32(s)))
    together = kernel.LookRows(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    order = np.lexsort((together.sensor, together.t_s))
    return kernel.LookRows(*(values[order] for values in together))


def _built_in_looks(
    sensors: tuple[Sensor, ...], path: FlightPath, shapes: tuple[Shape, Shape, Shape]
) -> kernel.LookRows:
    arrays, t_s = sensor_arrays(sensors), path.t_s
    revisit = arrays.parameters["revisit_s"]
    most = int(np.sum((t_s[-1] - arrays.parameters["first_look_s"]) // revisit + 2.0)) if sensors else 0
    kinds = {"sensor": np.int32, "number": np.int32, "rate": (float, 4), "snr_db": (float, 2), "pd": (float, 2),
             "sigma": (float, (2, 4))}
    out = kernel.LookRows(*(np.empty(most, kinds.get(name, float)) for name in kernel.LookRows._fields))
    patterns = np.array([pattern_row(shape) for shape in shapes])
    body = kernel.Target(t_s, path.position_m, path.velocity_mps, path.phase, path.rcs_m2, patterns)
    n = kernel.looks(body, arrays, out)
    return kernel.LookRows(*(values[:n] for values in out))


def _not_missed(sensors: tuple[Sensor, ...], found: kernel.LookRows) -> np.ndarray | slice:
    """Looks that no radar's skyline hides and that fall into no outage of their sensor."""
    kept = np.ones(found.sensor.size, dtype=bool)
    for s, one in enumerate(sensors):
        if isinstance(one, Radar) and one.mask:
            mine = np.flatnonzero(found.sensor == s)
            kept[mine] = ~hidden(one, found.azimuth_rad[mine], found.elevation_rad[mine], found.range_m[mine])
        for begin, end in one.outages_s:
            kept &= (found.sensor != s) | (found.t_s < begin) | (found.t_s >= end)
    return slice(0, kept.size) if kept.all() else np.flatnonzero(kept)


def draw(looks: Looks, *, seed: int, run: int, launch_id: str) -> Draws:
    """Draw one run's random numbers, the same whatever the policy and whichever other sensors there are.

    Parameters
    ----------
    looks : Looks
        n looks.
    seed, run : int
    launch_id : str

    Returns
    -------
    Draws
        Arrays of shape (n,) and (n, 4): per sensor the streams (seed, run, launch, sensor, "detection"), (...,
        "noise") and (..., "range rate"), of which look number k takes the k-th uniform, the k-th three normals and the
        k-th normal. A sensor that measures no range rate has no third stream: zeros. Registration errors of shape (S,
        8) from `draw_registration`.

    Raises
    ------
    SettingsError
        If the seed is not a non-negative integer.
    """
    # Each sensor's streams lie one after the other, and look number k of a sensor takes the k-th of them.
    count = np.zeros(len(looks.sensors), dtype=np.int64)
    count[looks.sensor] = looks.number + 1  # in order of time: the last counts
    begin = np.cumsum(count) - count
    chance, noise = np.empty(count.sum()), np.zeros((count.sum(), 4))
    for s in np.flatnonzero(count):
        sensor, mine = looks.sensors[s], slice(begin[s], begin[s] + count[s])
        address = (run, launch_id, sensor.sensor_id)
        generator(seed, *address, "detection").random(out=chance[mine])
        noise[mine, :3] = generator(seed, *address, "noise").standard_normal((count[s], 3))
        if measures_rate(sensor):
            noise[mine, 3] = generator(seed, *address, "range rate").standard_normal(count[s])
    taken = begin[looks.sensor] + looks.number
    uniform, normal = chance[taken], noise[taken]
    registration = draw_registration(looks.sensors, seed=seed, run=run)
    return Draws(uniform=uniform, normal=normal, registration=registration)


def measure(looks: Looks, draws: Draws, rows: np.ndarray, cued: np.ndarray, truth: int = 0) -> Detections:
    """What the sensors report of the looks that detected.

    Parameters
    ----------
    looks : Looks
        n looks at one object.
    draws : Draws
        Of the same n looks.
    rows : ndarray of int, shape (m,)
        The looks that detected.
    cued : ndarray of bool, shape (n,)
        Which looks were cued: these measure more accurately.
    truth : int
        Number of the object.

    Returns
    -------
    Detections
        m of them: the truth with noise and with the sensor's registration errors, azimuth in [0, 2 pi).
    """
    aimed = cued[rows].astype(np.intp)
    sigma = looks.sigma[rows, aimed]
    place = _place_of(looks)[rows]
    z = place + np.where(np.isfinite(sigma), sigma, np.nan) * draws.normal[rows]
    if draws.registration.any():
        z += shift(draws.registration, looks.sensors, looks.sensor[rows], place, looks.rate[rows], looks.air[rows])
    z[:, 1] %= 2.0 * np.pi
    return measured(
        looks.sensors, looks.t_s[rows], looks.sensor[rows], z, sigma, number=looks.number[rows], cued=cued[rows],
        snr_db=looks.snr_db[rows, aimed], truth=np.full(len(rows), truth), look=np.asarray(rows),
    )  # fmt: skip
