"""Sensors as frozen values. All numbers are the model's; data/ says which are published, derived or assumed."""

from dataclasses import dataclass

from trackfuse.core.errors import ScenarioError, check_between, check_fields, check_positive

FASTEST_SHIP_MPS = 40.0
"""Nothing that carries such a radar is faster: 78 knots."""


def _check_place(sensor: "Radar | Infrared") -> None:
    where = f"sensor {sensor.sensor_id!r}"
    check_fields(ScenarioError, where, sensor, lat_deg=(-90.0, 90.0), lon_deg=(-180.0, 180.0), alt_m=(-500.0, 5e7),
                 revisit_s=(0.1, 120.0), report_delay_s=(0.0, 3600.0))  # fmt: skip
    _check_outages(where, sensor.outages_s)


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
        check_between(ScenarioError, f"{where} mask[{k}] elevation_deg", elevation, -5.0, 90.0)
        if azimuth == 360.0:
            raise ScenarioError(f"{where} mask[{k}] azimuth_deg: {azimuth!r} is north again: write 0")
        if k and azimuth <= mask[k - 1][0]:
            raise ScenarioError(f"{where} mask[{k}] azimuth_deg: {azimuth!r} is not above {mask[k - 1][0]!r} before it")


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
        Accuracy that no SNR improves on.
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

    Notes
    -----
    Registration errors are drawn once a run and stay the same for all looks of a radar; 0, the default, is a radar in
    perfect register.
    """

    sensor_id: str
    name: str
    nation: str
    node: str
    lat_deg: float
    lon_deg: float
    alt_m: float
    boresight_deg: float
    sector_deg: float
    elevation_min_deg: float
    elevation_max_deg: float
    range_km: float
    search_loss_db: float
    revisit_s: float
    beamwidth_deg: float
    bandwidth_mhz: float
    range_floor_m: float
    angle_floor_mrad: float
    pfa: float = 1e-6
    swerling: int = 1
    report_delay_s: float = 1.0
    site_sigma_m: float = 0.0
    range_offset_sigma_m: float = 0.0
    north_sigma_mrad: float = 0.0
    level_sigma_mrad: float = 0.0
    clock_sigma_s: float = 0.0
    refraction_residual: float = 0.0
    range_rate_cell_mps: float = 0.0
    range_rate_floor_mps: float = 0.0
    false_plot_cap: float = 0.05
    mask: tuple[tuple[float, float], ...] = ()
    course_deg: float = 0.0
    speed_mps: float = 0.0
    outages_s: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        _check_place(self)
        where = f"sensor {self.sensor_id!r}"
        check_positive(ScenarioError, where, self, sector_deg=360.0, beamwidth_deg=1e4, bandwidth_mhz=1e4,
                       range_floor_m=1e4, angle_floor_mrad=1e4)  # fmt: skip
        check_fields(
            ScenarioError,
            where,
            self,
            boresight_deg=(-360.0, 360.0),
            elevation_min_deg=(-5.0, 90.0),
            elevation_max_deg=(self.elevation_min_deg, 90.0),
            range_km=(1.0, 20000.0),
            search_loss_db=(0.0, 60.0),
            pfa=(1e-12, 0.1),
            site_sigma_m=(0.0, 1e5),
            range_offset_sigma_m=(0.0, 1e5),
            north_sigma_mrad=(0.0, 100.0),
            level_sigma_mrad=(0.0, 100.0),
            clock_sigma_s=(0.0, 60.0),
            refraction_residual=(0.0, 1.0),
            false_plot_cap=(0.0, 100.0),
            range_rate_cell_mps=(0.0, 1e4),
            range_rate_floor_mps=(0.0, 1e4),
            course_deg=(-360.0, 360.0),
            speed_mps=(0.0, FASTEST_SHIP_MPS),
        )
        if self.range_rate_floor_mps > 0.0 and self.range_rate_cell_mps == 0.0:
            raise ScenarioError(f"{where} range_rate_floor_mps: needs a range_rate_cell_mps above 0, which is 0.0")
        _check_mask(where, self.mask)
        if self.swerling not in (0, 1, 3):
            raise ScenarioError(f"{where} swerling: {self.swerling!r} is not 0, 1 or 3")
        if self.speed_mps > 0.0:
            check_between(ScenarioError, f"{where} lat_deg (of a ship that moves)", self.lat_deg, -80.0, 80.0)


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
    report_delay_s : float
        From the look to the plot at the node, s: downlink, processing, confirmation.
    sight_offset_sigma_urad : float
        Registration, drawn once a run: one sigma of the offset of the line of sight, each of two axes, microradians.
    clock_sigma_s : float
        One sigma of the error of the time stamps, drawn once a run, s.
    outages_s : tuple of (float, float)
        Intervals, in seconds after launch, in which it does not look: from the first instant to before the last.
    """

    sensor_id: str
    name: str
    nation: str
    node: str
    lat_deg: float
    lon_deg: float
    alt_m: float
    cloud_km: float
    detection_probability: float
    revisit_s: float
    los_sigma_urad: float
    report_delay_s: float
    sight_offset_sigma_urad: float = 0.0
    clock_sigma_s: float = 0.0
    outages_s: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        _check_place(self)
        check_fields(ScenarioError, f"sensor {self.sensor_id!r}", self, cloud_km=(0.0, 30.0), clock_sigma_s=(0.0, 60.0),
                     detection_probability=(0.0, 1.0), los_sigma_urad=(0.1, 1e5),
                     sight_offset_sigma_urad=(0.0, 1e5))  # fmt: skip


Sensor = Radar | Infrared
