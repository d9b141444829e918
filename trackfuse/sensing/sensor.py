"""Sensors as frozen values. All numbers are the model's; data/ says which are published, derived or assumed."""

import math
from dataclasses import dataclass, replace
from typing import Annotated, Any

from trackfuse.core.display import displayed
from trackfuse.core.errors import ScenarioError, check_between
from trackfuse.core.fields import LATITUDE, LONGITUDE, NAME, SHARE, Between, OneOf, check_fields
from trackfuse.sensing.sensor_model import SensorModel, check_sensor_model

FASTEST_SHIP_MPS = 40.0
"""Nothing that carries such a radar is faster: 78 knots."""
_ELEVATION = Between(-5.0, 90.0)


def _check_outages(where: str, outages_s: object) -> None:
    """Raise ScenarioError unless outages are pairs of instants, each beginning before it ends."""
    if not isinstance(outages_s, tuple) or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in outages_s):
        raise ScenarioError(f"{where} outages_s: {outages_s!r} is not pairs of (from, until) in seconds after launch")
    for k, (begin, end) in enumerate(outages_s):
        check_between(ScenarioError, f"{where} outages_s[{k}] begin", begin, -1e6, 1e6)
        check_between(ScenarioError, f"{where} outages_s[{k}] end", end, begin, 1e6)


def _check_mask(where: str, mask: object) -> None:
    """Raise ScenarioError unless a skyline is pairs of numbers within bounds, in order of azimuth."""
    if not isinstance(mask, tuple) or not all(isinstance(point, tuple) and len(point) == 2 for point in mask):
        raise ScenarioError(f"{where} mask: {mask!r} is not pairs of (azimuth_deg, elevation_deg)")
    for k, (azimuth, elevation) in enumerate(mask):
        check_between(ScenarioError, f"{where} mask[{k}] azimuth_deg", azimuth, 0.0, 360.0)
        _ELEVATION.check(ScenarioError, f"{where} mask[{k}] elevation_deg", elevation)
        if azimuth == 360.0:
            raise ScenarioError(f"{where} mask[{k}] azimuth_deg: {azimuth!r} is north again: write 0")
        if k and azimuth <= mask[k - 1][0]:
            raise ScenarioError(f"{where} mask[{k}] azimuth_deg: {azimuth!r} is not above {mask[k - 1][0]!r} before it")


@displayed(lambda value: f"{value.sensor_id}: {value.name}, {value.range_km:g} km")
@dataclass(frozen=True, slots=True, kw_only=True)
class Radar:
    """A ground or ship radar.

    Parameters
    ----------
    sensor_id, name, nation, node : str
        `node` is the command centre that the radar reports to.
    lat_deg, lon_deg, alt_m : float
    boresight_deg, sector_deg : float
        Centre and full width of the azimuth sector, degrees; 360 is all round.
    elevation_min_deg, elevation_max_deg : float
    range_km : float
        Range at which one cued look at 1 m^2 gives the reference SNR of 13.18 dB (Pd 0.9, Pfa 1e-6, steady target).
    search_loss_db : float
        How much less a look in search has than a cued look, dB, 0 or more.
    revisit_s : float
        Time between looks, s.
    beamwidth_deg, bandwidth_mhz : float
        For accuracy from SNR.
    range_floor_m, angle_floor_mrad : float
        Accuracy that no SNR improves on: what calibration, alignment and correction leave over, one sigma.
    constant_share : float
        Share of both floors that stays the same over a run, as a share of sigma: so much of them are errors of the
        range, of north and of level, drawn once a run; the rest of their variance is drawn at every look. 0, the
        default, draws all of it at every look.
    pfa : float
        False-alarm probability of one look.
    swerling : int
        0, 1 or 3.
    report_delay_s : float
        From the look to the plot at the node, s.
    site_sigma_m, range_offset_sigma_m : float
        Registration: one sigma of the error of the site (each of three axes) and of the range, m.
    north_sigma_mrad, level_sigma_mrad : float
        One sigma of the error of the north alignment and of the zero of elevation, mrad.
    clock_sigma_s : float
        One sigma of the error of the time stamps, s.
    refraction_residual : float
        One sigma of the share of the air's bias of elevation and range that correction leaves, or overcorrects.
    range_rate_cell_mps, range_rate_floor_mps : float
        Doppler resolution as a speed along the line of sight, wavelength / (2 x coherent dwell), m/s, and the accuracy
        of the range rate that no SNR improves on. A cell of 0, the default, is a radar that measures no range rate.
    false_plot_cap : float
        Mean number of false plots per look that confirmation leaves at most, whatever the Pfa and the cells searched.
    mask : tuple of (azimuth_deg, elevation_deg)
        Skyline of the land as seen from the site, in order of azimuth from 0 to below 360, linear in between and round
        north; (), the default, is a free horizon.
    course_deg, speed_mps : float
        Of a ship: it keeps this course (a rhumb line, degrees clockwise from north) at this speed, and is at `lat_deg`,
        `lon_deg` at lift-off. The sector keeps its bearings. 0, the default, is a radar that stands still.
    outages_s : tuple of (float, float)
        Intervals, in seconds after launch, in which the radar does not look: from the first instant to before the last.

    Raises
    ------
    ScenarioError
        If a value is out of range or contradicts another.

    Notes
    -----
    Registration errors are drawn once a run and stay the same for all looks of a radar, in addition to the constant
    share of the floors; 0, the default, is a radar in perfect register.
    """

    sensor_id: Annotated[str, NAME]
    name: Annotated[str, NAME]
    nation: str
    node: str
    lat_deg: Annotated[float, LATITUDE]
    lon_deg: Annotated[float, LONGITUDE]
    alt_m: Annotated[float, Between(-500.0, 5e7)]
    boresight_deg: Annotated[float, Between(-360.0, 360.0)]
    sector_deg: Annotated[float, Between(0.0, 360.0, open_low=True)]
    elevation_min_deg: Annotated[float, _ELEVATION]
    elevation_max_deg: Annotated[float, _ELEVATION]
    range_km: Annotated[float, Between(1.0, 20000.0)]
    search_loss_db: Annotated[float, Between(0.0, 60.0)]
    revisit_s: Annotated[float, Between(0.1, 120.0)]
    beamwidth_deg: Annotated[float, Between(0.0, 1e4, open_low=True)]
    bandwidth_mhz: Annotated[float, Between(0.0, 1e4, open_low=True)]
    range_floor_m: Annotated[float, Between(0.0, 1e4, open_low=True)]
    angle_floor_mrad: Annotated[float, Between(0.0, 1e4, open_low=True)]
    constant_share: Annotated[float, SHARE] = 0.0
    pfa: Annotated[float, Between(1e-12, 0.1)] = 1e-6
    swerling: Annotated[int, OneOf("Swerling case", (0, 1, 3))] = 1
    report_delay_s: Annotated[float, Between(0.0, 3600.0)] = 1.0
    site_sigma_m: Annotated[float, Between(0.0, 1e5)] = 0.0
    range_offset_sigma_m: Annotated[float, Between(0.0, 1e5)] = 0.0
    north_sigma_mrad: Annotated[float, Between(0.0, 100.0)] = 0.0
    level_sigma_mrad: Annotated[float, Between(0.0, 100.0)] = 0.0
    clock_sigma_s: Annotated[float, Between(0.0, 60.0)] = 0.0
    refraction_residual: Annotated[float, SHARE] = 0.0
    range_rate_cell_mps: Annotated[float, Between(0.0, 1e4)] = 0.0
    range_rate_floor_mps: Annotated[float, Between(0.0, 1e4)] = 0.0
    false_plot_cap: Annotated[float, Between(0.0, 100.0)] = 0.05
    mask: tuple[tuple[float, float], ...] = ()
    course_deg: Annotated[float, Between(-360.0, 360.0)] = 0.0
    speed_mps: Annotated[float, Between(0.0, FASTEST_SHIP_MPS)] = 0.0
    outages_s: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        where = f"sensor {self.sensor_id!r}"
        check_fields(ScenarioError, where, self)
        _check_outages(where, self.outages_s)
        check_between(ScenarioError, f"{where} elevation_max_deg", self.elevation_max_deg, self.elevation_min_deg)
        if self.range_rate_floor_mps > 0.0 and self.range_rate_cell_mps == 0.0:
            raise ScenarioError(f"{where} range_rate_floor_mps: needs a range_rate_cell_mps above 0, which is 0.0")
        _check_mask(where, self.mask)
        if self.speed_mps > 0.0:
            check_between(ScenarioError, f"{where} lat_deg (of a ship that moves)", self.lat_deg, -80.0, 80.0)


@displayed(lambda value: f"{value.sensor_id}: {value.name}")
@dataclass(frozen=True, slots=True, kw_only=True)
class Infrared:
    """An infrared sensor in geostationary orbit: sees burning engines above cloud, in line of sight.

    Parameters
    ----------
    sensor_id, name, nation, node : str
    lat_deg, lon_deg, alt_m : float
        Sub-satellite point and height.
    cloud_km : float
        Height above which a plume is seen, km.
    detection_probability : float
        Of one look at a burning engine above cloud.
    revisit_s : float
    los_sigma_urad : float
        Line-of-sight error, one sigma an axis, microradians.
    constant_share : float
        Share of it that stays the same over a run, as of a radar's floors.
    report_delay_s : float
        From the look to the plot at the node, s: downlink, processing, confirmation.
    sight_offset_sigma_urad : float
        Registration, drawn once a run: one sigma of the offset of the line of sight, each of two axes, microradians.
    clock_sigma_s : float
        One sigma of the error of the time stamps, drawn once a run, s.
    outages_s : tuple of (float, float)
        Intervals, in seconds after launch, in which it does not look: from the first instant to before the last.

    Raises
    ------
    ScenarioError
        If a value is out of range.
    """

    sensor_id: Annotated[str, NAME]
    name: Annotated[str, NAME]
    nation: str
    node: str
    lat_deg: Annotated[float, LATITUDE]
    lon_deg: Annotated[float, LONGITUDE]
    alt_m: Annotated[float, Between(-500.0, 5e7)]
    cloud_km: Annotated[float, Between(0.0, 30.0)]
    detection_probability: Annotated[float, SHARE]
    revisit_s: Annotated[float, Between(0.1, 120.0)]
    los_sigma_urad: Annotated[float, Between(0.1, 1e5)]
    report_delay_s: Annotated[float, Between(0.0, 3600.0)]
    constant_share: Annotated[float, SHARE] = 0.0
    sight_offset_sigma_urad: Annotated[float, Between(0.0, 1e5)] = 0.0
    clock_sigma_s: Annotated[float, Between(0.0, 60.0)] = 0.0
    outages_s: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        where = f"sensor {self.sensor_id!r}"
        check_fields(ScenarioError, where, self)
        _check_outages(where, self.outages_s)


Sensor = Radar | Infrared | SensorModel
BuiltIn = Radar | Infrared
"""The kinds of sensor that the package has itself."""


_CONSTANT = ("constant_share", "site_sigma_m", "range_offset_sigma_m", "north_sigma_mrad", "level_sigma_mrad",
             "clock_sigma_s", "refraction_residual", "sight_offset_sigma_urad")  # fmt: skip


def without_constant_errors(sensor: Sensor) -> Sensor:
    """The sensor with all its floors drawn anew at every look, and in perfect register.

    Parameters
    ----------
    sensor : Radar, Infrared or SensorModel

    Returns
    -------
    Radar, Infrared or SensorModel
        A sensor model of the user's own as it is.
    """
    if not isinstance(sensor, BuiltIn):
        return sensor
    wrong = {name: 0.0 for name in _CONSTANT if getattr(sensor, name, 0.0) != 0.0}
    return replace(sensor, **wrong) if wrong else sensor


def varying_share(sensor: BuiltIn) -> float:
    """Share of the floors' sigma that is drawn at every look: the two shares' squares sum to 1."""
    return math.sqrt(1.0 - sensor.constant_share**2)


def angles_only(sensor: Sensor) -> bool:
    """Whether a sensor measures two angles and no range."""
    return isinstance(sensor, Infrared) or not (isinstance(sensor, Radar) or "range_m" in sensor.components)


def measures_rate(sensor: Sensor) -> bool:
    """Whether a sensor measures a range rate."""
    if isinstance(sensor, BuiltIn):
        return isinstance(sensor, Radar) and sensor.range_rate_cell_mps > 0.0
    return "range_rate_mps" in sensor.components


def check_sensor(where: str, sensor: Any) -> None:
    """Raise ScenarioError unless a value is a sensor: of a kind that checks itself, or a model of the user's own."""
    if not isinstance(sensor, BuiltIn):
        check_sensor_model(where, sensor)
        _check_outages(f"{where} {sensor.sensor_id!r}", sensor.outages_s)
