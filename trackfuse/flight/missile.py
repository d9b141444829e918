"""What is launched and from where: frozen values, checked at construction."""

from dataclasses import dataclass
from typing import Annotated

from trackfuse.core.display import displayed
from trackfuse.core.errors import FlightError, ScenarioError, check_between
from trackfuse.core.fields import LATITUDE, LONGITUDE, NAME, Between, OneOf, check_fields
from trackfuse.core.times import as_instant

LOWEST_ORBIT_KM = 150.0
"""Below, the air takes a satellite down within a day."""
SHUTDOWN, BREAK_UP = "shutdown", "break-up"
FAILURES = (SHUTDOWN, BREAK_UP)
"""How a flight may fail."""
_POSITIVE = Between(0.0, 1e6, open_low=True)


@displayed(lambda value: f"{value.burn_s:g} s, {value.acceleration_mps2:g} m/s² at ignition")
@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of powered flight, from public aggregate values.

    Parameters
    ----------
    burn_s : float
        Burn time, s.
    acceleration_mps2 : float
        Thrust over mass at ignition of the stage, m/s^2, at scale 1.
    exhaust_mps : float
        Effective exhaust velocity c, m/s, at scale 1: a(t) = a0 / (1 - a0 t / c).
    pause_s : float
        Unpowered time before ignition, s.
    spent_beta_kgpm2 : float
        Ballistic coefficient of the empty stage that is dropped at burn-out, kg/m^2; 0 where nothing is dropped.

    Raises
    ------
    FlightError
        If a value is out of range, or the stage burns more than its whole mass.
    """

    burn_s: Annotated[float, Between(1.0, 600.0)]
    acceleration_mps2: Annotated[float, Between(1.0, 500.0)]
    exhaust_mps: Annotated[float, Between(1000.0, 5000.0)]
    pause_s: Annotated[float, Between(0.0, 60.0)] = 0.0
    spent_beta_kgpm2: Annotated[float, Between(0.0, 1e6)] = 0.0

    def __post_init__(self) -> None:
        check_fields(FlightError, "stage", self)
        if self.acceleration_mps2 * self.burn_s >= self.exhaust_mps:
            raise FlightError("stage burns more than its whole mass: acceleration_mps2 * burn_s >= exhaust_mps")


@displayed(
    lambda value: f"{value.name}: {value.kind}, stages: {len(value.stages)}, range {value.max_range_km:g} km",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class MissileClass:
    """One documented boost, drag and reflection model for a class of missile.

    Parameters
    ----------
    name : str
        Name in data/missiles.csv.
    kind : str
        SRBM, MRBM, IRBM, ICBM or SLV.
    stages : tuple of Stage
    vertical_s : float
        Vertical rise before pitch-over, s.
    ascent_beta_kgpm2 : float
        Ballistic coefficient m / (Cd A) at lift-off, kg/m^2; grows lighter as propellant burns.
    reentry_beta_kgpm2 : float
        Ballistic coefficient of what comes down, kg/m^2.
    boost_rcs_m2, coast_rcs_m2, reentry_rcs_m2 : float
        Radar cross-section while burning, after burn-out, and below 100 km coming down, m^2.
    max_range_km : float
        Reported maximum range, km.
    lift_to_drag : float
        Lift-to-drag ratio of a pull-up after the apogee, in the air and towards the zenith; 0 for a ballistic missile.
    upper : Stage, optional
        A further stage that burns only on the way to orbit.
    fairing_s, fairing_beta_kgpm2 : float
        When the fairing is dropped, s after lift-off, and its ballistic coefficient, kg/m^2; 0 where none is dropped.
    separation_mps : float
        How much slower along the flight what is dropped is than what goes on, m/s: springs or retro-rockets.

    Raises
    ------
    FlightError
        If there is no stage, a value is out of range, only one of the two values of a fairing is given, the first stage
        pauses, or the vertical rise does not end before it.
    """

    name: str
    kind: str
    stages: tuple[Stage, ...]
    vertical_s: Annotated[float, _POSITIVE]
    ascent_beta_kgpm2: Annotated[float, _POSITIVE]
    reentry_beta_kgpm2: Annotated[float, _POSITIVE]
    boost_rcs_m2: Annotated[float, _POSITIVE]
    coast_rcs_m2: Annotated[float, _POSITIVE]
    reentry_rcs_m2: Annotated[float, _POSITIVE]
    max_range_km: Annotated[float, _POSITIVE]
    lift_to_drag: Annotated[float, Between(0.0, 5.0)] = 0.0
    upper: Stage | None = None
    fairing_s: Annotated[float, Between(0.0, 1e3)] = 0.0
    fairing_beta_kgpm2: Annotated[float, Between(0.0, 1e6)] = 0.0
    separation_mps: Annotated[float, Between(0.0, 20.0)] = 2.0

    def __post_init__(self) -> None:
        where = f"missile {self.name!r}"
        if not self.stages:
            raise FlightError(f"{where}: no stage")
        check_fields(FlightError, where, self)
        if (self.fairing_s > 0.0) != (self.fairing_beta_kgpm2 > 0.0):
            raise FlightError(f"{where}: a fairing needs both fairing_s and fairing_beta_kgpm2")
        if self.stages[0].pause_s > 0.0:
            raise FlightError(f"{where}: its first stage cannot pause before it lifts off")
        if self.vertical_s >= self.stages[0].burn_s:
            raise FlightError(f"{where} vertical_s: {self.vertical_s:g} s does not end before the first "
                              f"stage, {self.stages[0].burn_s:g} s")

    @property
    def burn_s(self) -> float:
        """Time from lift-off to the last burn-out, s."""
        return sum(stage.pause_s + stage.burn_s for stage in self.stages)


@displayed(lambda value: f"{value.launch_id}: {value.missile.name}")
@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One launch and what is published about its flight.

    Parameters
    ----------
    launch_id : str
        Row in data/launches.csv, or a name of the scenario's own.
    missile : MissileClass
    lat_deg, lon_deg, alt_m : float
        Launch place, WGS-84 degrees and height in m.
    azimuth_deg : float
        Bearing of the impact from the launch place along the geodesic, degrees clockwise from north, as read off
        published maps. The azimuth of the pitch-over is solved for: the Earth turns under a lofted flight by as much as
        its whole range.
    apogee_km, range_km : float
        Greatest height above the ellipsoid and geodesic ground range that the flight must meet. Of a satellite launch:
        height of the orbit's apogee above the equatorial radius, and ground range to where the last lower stage falls,
        to which `azimuth_deg` then points.
    perigee_km, inclination_deg : float, optional
        Of the orbit that a satellite launch reaches: height above the equatorial radius, and inclination. Both or none.
    failure : str, optional
        What ends the flight intended, which the other fields describe: "shutdown" (no thrust from then on: the body
        falls on as it is, with the stages that it has) or "break-up" (no object any more: nothing detects it from then
        on).
    fails_s : float, optional
        When, s after lift-off. Both or none.
    time_utc : str
        Published time of launch, such as 2022-10-03T22:22Z (UTC where no zone is said), or "" for a hypothetical one; a
        label, never used in the physics.

    Raises
    ------
    ScenarioError
        If a value is out of range, or only one of two values that belong together is given.
    """

    launch_id: Annotated[str, NAME]
    missile: MissileClass
    lat_deg: Annotated[float, LATITUDE]
    lon_deg: Annotated[float, LONGITUDE]
    azimuth_deg: Annotated[float, Between(-360.0, 360.0)]
    apogee_km: Annotated[float, Between(5.0, 20000.0)]
    range_km: Annotated[float, Between(10.0, 19000.0)]
    alt_m: Annotated[float, Between(-500.0, 9000.0)] = 0.0
    time_utc: str = ""
    perigee_km: Annotated[float | None, Between(LOWEST_ORBIT_KM)] = None
    inclination_deg: Annotated[float | None, Between(0.0, 180.0)] = None
    failure: Annotated[str | None, OneOf("failure", FAILURES)] = None
    fails_s: Annotated[float | None, Between(0.0, 4e4, open_low=True)] = None

    def __post_init__(self) -> None:
        where = f"launch {self.launch_id!r}"
        check_fields(ScenarioError, where, self)
        if self.time_utc:
            as_instant(ScenarioError, f"{where} time_utc", self.time_utc)
        if (self.failure is None) != (self.fails_s is None):
            raise ScenarioError(f"{where}: a flight that fails needs both failure and fails_s")
        self._check_orbit(where)

    def _check_orbit(self, where: str) -> None:
        if (self.perigee_km is None) != (self.inclination_deg is None):
            raise ScenarioError(f"{where}: an orbit needs both perigee_km and inclination_deg")
        if self.perigee_km is None:
            return
        check_between(ScenarioError, f"{where} perigee_km", self.perigee_km, LOWEST_ORBIT_KM, self.apogee_km)
        if self.missile.upper is None:
            raise ScenarioError(f"{where}: {self.missile.name} has no stage that reaches orbit in data/stages.csv")

    @property
    def to_orbit(self) -> bool:
        """Whether it is a satellite launch to an orbit, which it reaches unless it fails."""
        return self.perigee_km is not None

    @property
    def lands(self) -> bool:
        """Whether its missile comes down in one piece."""
        return self.failure == SHUTDOWN or (self.failure is None and not self.to_orbit)
