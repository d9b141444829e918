"""A sensor model of a user's own: what it is asked for, and the looks that come of it."""

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.errors import PluginError, ScenarioError, SettingsError
from trackfuse.core.fields import LATITUDE, LONGITUDE, Between
from trackfuse.core.plugins import check_methods, name_of, named
from trackfuse.kernels.looks import MIN_PD, LookRows
from trackfuse.sensing.flight_path import FlightPath

COMPONENTS = ("range_m", "azimuth_rad", "elevation_rad", "range_rate_mps")
"""What a detection may hold, in this order."""
MEASURES = (COMPONENTS[1:3], COMPONENTS[:3], COMPONENTS)
"""What a sensor model may measure, one of these: two angles, or as a radar does."""


@displayed(lambda value: f"{len(value.t_s)} looks")
@dataclass(frozen=True, slots=True, kw_only=True)
class SensorLooks:
    """The looks of one sensor at one object.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Seconds after the first lift-off, ascending. The k-th look takes the k-th random numbers: where there are
        several objects, a sensor with one clock gives the same instants for each, and what lies outside a flight is
        left out.
    pd : ndarray, shape (n,)
        Detection probability, 0 to 1; 0 where the object is not seen. A cue changes nothing.
    sigma : ndarray, shape (n, c)
        Standard deviations of what is measured, in the order and the units of the sensor's `components`.
    snr_db : ndarray, shape (n,), optional
        Mean signal-to-noise ratio; nan where there is none, which is the default.
    """

    t_s: np.ndarray
    pd: np.ndarray
    sigma: np.ndarray
    snr_db: np.ndarray = field(default_factory=lambda: np.array(np.nan))


class SensorModel(Protocol):
    """A kind of sensor of a user's own: a frozen dataclass with these fields, and the looks at a flight.

    It stands still at its site and measures there in the local frame: two angles, or range and two angles, with or
    without a range rate, each with independent Gaussian errors. What it measures is detected by chance with the
    probability that it states, reaches its centre after `report_delay_s`, and is shared as a radar's is. Angles alone
    confirm no track, and start none.

    Parameters
    ----------
    sensor_id, name, nation, node : str
        `node` is the command centre that it reports to.
    lat_deg, lon_deg, alt_m : float
        Of its site.
    report_delay_s : float
        From the look to the detection at the node, s.
    outages_s : tuple of (float, float)
        Intervals, in seconds after launch, in which it does not look.
    components : tuple of str
        What it measures: ("azimuth_rad", "elevation_rad"), the same after "range_m", or those three and
        "range_rate_mps" (positive outward).
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def sensor_id(self) -> str:
        """Its name in the scenario."""
        ...

    @property
    def name(self) -> str:
        """What it is."""
        ...

    @property
    def nation(self) -> str:
        """Whose it is."""
        ...

    @property
    def node(self) -> str:
        """The centre that it reports to."""
        ...

    @property
    def lat_deg(self) -> float:
        """Geodetic latitude of its site."""
        ...

    @property
    def lon_deg(self) -> float:
        """Longitude of its site."""
        ...

    @property
    def alt_m(self) -> float:
        """Height of its site above the ellipsoid."""
        ...

    @property
    def report_delay_s(self) -> float:
        """From a look to the detection at the node, s."""
        ...

    @property
    def outages_s(self) -> tuple[tuple[float, float], ...]:
        """Intervals in which it does not look, s after launch."""
        ...

    @property
    def components(self) -> tuple[str, ...]:
        """What it measures."""
        ...

    def looks(self, flight: FlightPath) -> SensorLooks:
        """When it looks at an object, with which chance and how well: once a scenario, whatever is drawn.

        Parameters
        ----------
        flight : FlightPath

        Returns
        -------
        SensorLooks
        """
        ...


METHODS = {"looks": ("flight",)}
"""Of a sensor model, with their arguments."""
_TEXT = ("sensor_id", "name", "nation", "node")
_NUMBERS = {
    "lat_deg": LATITUDE, "lon_deg": LONGITUDE, "alt_m": Between(-500.0, 5e7), "report_delay_s": Between(0.0, 3600.0)
}  # fmt: skip


class OwnSensor:
    """Beside `SensorModel` in a type: pydantic writes such a sensor by its name, and reads it back by that."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        def written(part: Any) -> dict[str, str]:
            return {"kind": name_of("sensor", part)}

        def read(said: Any) -> Any:
            if not (isinstance(said, dict) and list(said) == ["kind"]):
                raise ValueError(f"{said!r} is neither a radar, an infrared sensor nor the name of a sensor model")
            return named("sensor", said["kind"], (), "sensor")

        return core_schema.no_info_plain_validator_function(
            read, serialization=core_schema.plain_serializer_function_ser_schema(written)
        )


def check_sensor_model(where: str, given: object) -> None:
    """Raise unless a value is a sensor model.

    Parameters
    ----------
    where : str
        Where it stands: "scenario 'x' sensors[3]".
    given : object

    Raises
    ------
    ScenarioError
        If a field is missing or holds what it cannot,
        `looks` is missing or takes other arguments, or the value cannot be hashed.
    """
    model: Any = given
    if not is_dataclass(given) or isinstance(given, type):
        raise ScenarioError(f"{where}: {model!r} is neither Radar, Infrared nor a sensor model, which is a dataclass")
    own = {each.name for each in fields(given)}
    missing = [name for name in (*_TEXT, *_NUMBERS, "outages_s") if name not in own]
    missing += [] if hasattr(model, "components") else ["components"]
    if missing:
        kind = type(model).__qualname__
        raise ScenarioError(f"{where}: {kind!r} has no field {missing[0]!r}, as every sensor model has")
    for name in _TEXT:
        if not isinstance(getattr(model, name), str):
            raise ScenarioError(f"{where} {name}: {getattr(model, name)!r} is not text")
    where = f"{where} {model.sensor_id!r}"
    for name, limit in _NUMBERS.items():
        given = getattr(model, name)
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise ScenarioError(f"{where} {name}: {given!r} is not a number")
        limit.check(ScenarioError, f"{where} {name}", given)
    if model.components not in MEASURES:
        allowed = " or ".join(str(each) for each in MEASURES)
        raise ScenarioError(f"{where} components: {model.components!r} is not {allowed}")
    try:
        check_methods("sensor", model, METHODS, where)
    except SettingsError as error:
        raise ScenarioError(str(error)) from error


def rows_of(model: SensorModel, flight: FlightPath) -> LookRows:
    """The looks of a user's model as the kernel for built-in sensors writes them, its own number 0.

    Parameters
    ----------
    model : SensorModel
    flight : FlightPath

    Returns
    -------
    LookRows
        Those that can detect, while the object flies: n of them, in order of time.

    Raises
    ------
    PluginError
        If the model raises, or gives anything but `SensorLooks` with ascending instants, probabilities in [0, 1] and
        finite positive standard deviations: with the sensor's name, and the instant of the look.
    """
    part = f"sensor model {name_of('sensor', model)!r}"
    try:
        made = model.looks(flight)
        t_s, pd, sigma, snr_db = _arrays(made, len(model.components))
    except Exception as error:
        raise PluginError(part, model.sensor_id, flight.begin_s, f"{type(error).__name__}: {error}") from error
    for values, good, wanted in (
        (pd, (pd >= 0.0) & (pd <= 1.0), "pd {} is not a probability from 0 to 1"),
        (sigma, (np.isfinite(sigma) & (sigma > 0.0)).all(axis=1) | (pd == 0.0), "sigma {} is not finite and positive"),
    ):
        if not good.all():
            k = int(np.flatnonzero(~good)[0])
            raise PluginError(part, model.sensor_id, float(t_s[k]), f"ValueError: {wanted.format(values[k])}")
    rows = np.flatnonzero((pd > MIN_PD) & (t_s >= flight.begin_s) & (t_s <= flight.end_s))
    return _rows(model, flight, rows, t_s[rows], pd[rows], sigma[rows], snr_db[rows])


def _arrays(made: Any, components: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Instants, probabilities, deviations and SNR of looks, of the right shapes."""
    if not isinstance(made, SensorLooks):
        raise TypeError(f"looks gives {type(made).__name__}, not SensorLooks")
    t_s = np.asarray(made.t_s, dtype=float)
    if t_s.ndim != 1 or not np.isfinite(t_s).all() or (np.diff(t_s) <= 0.0).any():
        raise ValueError("t_s is not one row of finite numbers in ascending order")
    n, found = len(t_s), [t_s]
    for name, shape in (("pd", (n,)), ("sigma", (n, components))):
        given = np.asarray(getattr(made, name), dtype=float)
        if given.shape != shape:
            raise ValueError(f"{name} has shape {given.shape}, not {shape}")
        found.append(given)
    snr_db = np.asarray(made.snr_db, dtype=float)
    if snr_db.shape not in ((), (n,)):
        raise ValueError(f"snr_db has shape {snr_db.shape}, not {(n,)}")
    return found[0], found[1], found[2], np.broadcast_to(snr_db, n)


def _rows(
    model: SensorModel, flight: FlightPath, rows: np.ndarray, t_s: np.ndarray, pd: np.ndarray, sigma: np.ndarray,
    snr_db: np.ndarray,
) -> LookRows:  # fmt: skip
    seen = flight.seen_from(model, t_s)
    spread = np.full((len(rows), 2, 4), np.inf)
    spread[:, :, [COMPONENTS.index(name) for name in model.components]] = sigma[:, None, :]
    return LookRows(
        sensor=np.zeros(len(rows), dtype=np.int32), number=rows.astype(np.int32), t_s=t_s, range_m=seen.range_m,
        azimuth_rad=seen.azimuth_rad, elevation_rad=seen.elevation_rad, rate=seen.rate,
        snr_db=np.stack([snr_db, snr_db], axis=1), pd=np.stack([pd, pd], axis=1), sigma=spread,
    )  # fmt: skip
