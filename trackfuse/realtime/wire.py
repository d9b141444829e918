"""Messages as bytes: MessagePack of documents of one versioned schema, which `schema` gives as a JSON Schema."""

from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

from trackfuse.core.errors import DataError
from trackfuse.realtime.bodies import (
    ITEMS,
    TRACK,
    Body,
    Heartbeat,
    LaunchReport,
    Message,
    Notice,
    Plot,
    Report,
    Stated,
    StatedImpacts,
)
from trackfuse.realtime.fields import Field, Flag, Number, Numbers, Record, Records, Text, Whole
from trackfuse.realtime.pack import packed
from trackfuse.realtime.predicting import NOTHING
from trackfuse.sensing import ERRORS
from trackfuse.warning import HIT, Predictions

VERSION = 1
LARGEST = 1 << 20
"""Bytes that a message may have."""
TRACKS, PREDICTIONS, HIGHEST = 128, 2048, 127
"""Tracks and predictions that a report may hold, and the highest number of a track: a node makes room for all below."""
_TIME, _SHARE, _NUMBER = Number(-1e6, 1e6), Number(0.0, 1.0), Whole(0)
_TRACK: dict[str, Field] = {
    "track": Whole(0, HIGHEST), "position_m": Numbers((3,)), "velocity_mps": Numbers((3,)),
    "covariance": Numbers((6, 6)), "boosting": _SHARE, "last_plot_s": _TIME,
}  # fmt: skip
_LAUNCH: dict[str, Field] = {
    "launch_lat_deg": Number(-90.0, 90.0, null=True), "launch_lon_deg": Number(-360.0, 360.0, null=True),
    "launch_s": Number(-1e6, 1e6, null=True), "launch_sigma_km": Number(0.0, 1e9, null=True),
}  # fmt: skip
_PREDICTED = Record({
    "track": Whole(0, HIGHEST), "cycle": Whole(0, 10**7), "boosting": _SHARE, "status": Whole(0, 2),
    "impact_lat_rad": Number(null=True), "impact_lon_rad": Number(null=True), "impact_s": Number(null=True),
    "impact_covariance": Numbers((3, 3), null=True), "path_m": Numbers((16, 3), null=True),
    "path_sigma_m": Numbers((16,), null=True),
})  # fmt: skip
_REGISTRATION = ("range_registration_m", "azimuth_registration_rad", "elevation_registration_rad")
"""What one standard deviation of each of a sensor's registration errors adds; left out where that is nothing."""
_REPORT: dict[str, Field] = {"cycle": Whole(0, 10**7), "about_s": _TIME}
BODIES: dict[str, Record] = {
    "plot": Record({
        "sensor": Text(), "number": _NUMBER, "object": Whole(-1, 9999), "measured_s": _TIME,
        "range_m": Number(0.0, 1e9, null=True), "range_sigma_m": Number(0.0, 1e9, null=True),
        "azimuth_rad": Number(-10.0, 10.0), "azimuth_sigma_rad": Number(0.0, 10.0),
        "elevation_rad": Number(-10.0, 10.0), "elevation_sigma_rad": Number(0.0, 10.0),
        "range_rate_mps": Number(-1e6, 1e6, null=True), "range_rate_sigma_mps": Number(0.0, 1e6, null=True),
        "site_m": Numbers((3,)), "site_velocity_mps": Numbers((3,)), "enu_from_ecef": Numbers((3, 3)),
        "infrared": Flag(), "cued": Flag(), "snr_db": Number(-1e3, 1e3, null=True),
    }, optional=dict.fromkeys(_REGISTRATION, Numbers((len(ERRORS),)))),
    "launch_report": Record({
        "sensor": Text(), "number": _NUMBER, "launch": Whole(-1, 9999), "measured_s": _TIME,
    }),
    "track": Record(_REPORT | {"tracks": Records(Record(_TRACK), TRACKS),
                               "predictions": Records(_PREDICTED, PREDICTIONS)}),
    "items": Record(_REPORT | {"tracks": Records(Record(_TRACK | _LAUNCH), TRACKS),
                               "predictions": Records(_PREDICTED, PREDICTIONS)}),
    "notice": Record({
        "what": Text(("launch", "place", "cancelled", "again", "region")), "track": Whole(-1, HIGHEST),
        "place": Text(), "met_s": _TIME, "notice_s": _TIME, "impact": Numbers((7,), null=True),
    }),
    "heartbeat": Record({"cycle": Whole(-1, 10**7)}),
}  # fmt: skip
"""Fields of every kind of message."""
_ENVELOPE: dict[str, Field] = {"origin": Text(), "sequence": _NUMBER, "sent_s": _TIME}


def schema() -> dict[str, Any]:
    """The JSON Schema of a message, in the form in which MessagePack carries it."""
    head: dict[str, Any] = {name: field.schema() for name, field in _ENVELOPE.items()}
    kinds = [
        {
            "type": "object",
            "properties": {"version": {"const": VERSION}, "kind": {"const": kind}, **head, "body": body.schema()},
            "required": ["version", "kind", *head, "body"], "additionalProperties": False,
        }
        for kind, body in BODIES.items()
    ]  # fmt: skip
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"trackfuse message, version {VERSION}",
            "oneOf": kinds}  # fmt: skip


def encode(message: Message) -> bytes:
    """A message as bytes; the numbers keep their bits."""
    return packed(document(message))


def document(message: Message) -> dict[str, Any]:
    """A message as a document of the schema."""
    kind, body = _said(message.body)
    return {"version": VERSION, "kind": kind, "origin": message.origin, "sequence": message.sequence,
            "sent_s": message.sent_s, "body": body}  # fmt: skip


def decode(data: bytes) -> Message:
    """Read a message.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    Message

    Raises
    ------
    DataError
        If it is no message of this version: what is wrong and where.
    """
    if len(data) > LARGEST:
        raise DataError(f"message: {len(data)} bytes, more than {LARGEST}")
    try:
        given = msgpack.unpackb(data)
    except Exception as error:  # whatever the bytes were made to provoke
        raise DataError(f"message: not MessagePack ({type(error).__name__})") from None
    if type(given) is not dict or "version" not in given:
        raise DataError("message: no document with a version")
    if given["version"] != VERSION:
        raise DataError(f"message: version {given['version']!r} is not {VERSION}")
    kind = given.get("kind")
    if type(kind) is not str or kind not in BODIES:
        raise DataError(f"message: no kind {kind!r}; there are {', '.join(BODIES)}")
    if given.keys() != {"version", "kind", *_ENVELOPE, "body"}:
        raise DataError(f"message: its fields are not version, kind, {', '.join(_ENVELOPE)}, body")
    head = {name: field.read(given[name], f"{kind} {name}") for name, field in _ENVELOPE.items()}
    return Message(body=_READ[kind](BODIES[kind].read(given["body"], kind)), **head)


# ---- what is said, kind by kind --------------------------------------------------------------------------------------


def _said(body: Body) -> tuple[str, dict[str, Any]]:
    if isinstance(body, Plot):
        return "plot", _plot(body)
    if isinstance(body, LaunchReport):
        return "launch_report", {"sensor": body.sensor, "number": body.number, "launch": body.launch,
                                 "measured_s": body.measured_s}  # fmt: skip
    if isinstance(body, Report):
        return ("track", "items")[body.level], _report(body)
    if isinstance(body, Notice):
        impact = [None] * 7 if body.impact is None else _list(body.impact)
        return "notice", {"what": body.what, "track": body.track, "place": body.place, "met_s": body.met_s,
                          "notice_s": body.notice_s, "impact": impact}  # fmt: skip
    return "heartbeat", {"cycle": body.cycle}


_PLOT = (("range_m", "range_sigma_m"), ("azimuth_rad", "azimuth_sigma_rad"), ("elevation_rad", "elevation_sigma_rad"),
         ("range_rate_mps", "range_rate_sigma_mps"))  # fmt: skip


def _plot(body: Plot) -> dict[str, Any]:
    out: dict[str, Any] = {"sensor": body.sensor, "number": body.number, "object": body.object,
                           "measured_s": body.measured_s}  # fmt: skip
    for k, (name, sigma) in enumerate(_PLOT):
        out[name], out[sigma] = _finite(body.z[k]), _finite(body.sigma[k])
    if body.registration.any():
        out |= {name: _list(adds) for name, adds in zip(_REGISTRATION, body.registration, strict=True)}
    return out | {
        "site_m": _list(body.site_m), "site_velocity_mps": _list(body.site_velocity_mps),
        "enu_from_ecef": _list(body.enu_from_ecef), "infrared": body.infrared, "cued": body.cued,
        "snr_db": _finite(body.snr_db),
    }  # fmt: skip


def _report(body: Report) -> dict[str, Any]:
    tracks = []
    for each in body.tracks:
        said = {"track": each.track, "position_m": _list(each.mean[:3]), "velocity_mps": _list(each.mean[3:]),
                "covariance": _list(each.covariance), "boosting": each.boosting, "last_plot_s": each.last_plot_s}
        if each.launch is not None:
            said |= dict(zip(_LAUNCH, _list(each.launch), strict=True))
        tracks.append(said)
    made, impacts = body.predicted, body.predicted.impacts
    predictions = [
        {
            "track": int(made.track[k]), "cycle": int(made.cycle[k]), "boosting": float(made.boosting[k]),
            "status": int(impacts.status[k]), "impact_lat_rad": _finite(impacts.lat_rad[k]),
            "impact_lon_rad": _finite(impacts.lon_rad[k]), "impact_s": _finite(impacts.time_s[k]),
            "impact_covariance": _list(impacts.covariance[k]), "path_m": _list(impacts.ground_m[k]),
            "path_sigma_m": _list(impacts.ground_sigma_m[k]),
        }
        for k in range(len(made.track))
    ]  # fmt: skip
    return {"cycle": body.cycle, "about_s": body.about_s, "tracks": tracks, "predictions": predictions}


def _read_plot(said: dict[str, Any]) -> Plot:
    z, sigma = (np.array([said.pop(pair[k]) for pair in _PLOT]) for k in (0, 1))
    sigma[np.isnan(sigma)] = np.inf
    if np.isnan(z[np.isfinite(sigma)]).any() or not (sigma > 0.0).all():
        raise DataError("plot: a measurement without a value, or with a standard deviation of 0")
    nothing = np.zeros(len(ERRORS))
    registration = np.array([said.pop(name, nothing) for name in _REGISTRATION])
    return Plot(z=z, sigma=sigma, registration=registration, **said)


def _read_report(level: int, said: dict[str, Any]) -> Report:
    tracks, rows = [], said["predictions"]
    for each in said["tracks"]:
        if not (np.diagonal(each["covariance"]) > 0.0).all():
            raise DataError(f"{('track', 'items')[level]}: a variance that is not positive")
        launch = np.array([each[name] for name in _LAUNCH]) if level == ITEMS else None
        tracks.append(Stated(
            track=each["track"], mean=np.concatenate([each["position_m"], each["velocity_mps"]]),
            covariance=each["covariance"], boosting=each["boosting"], last_plot_s=each["last_plot_s"], launch=launch,
        ))  # fmt: skip
    if len({each.track for each in tracks}) < len(tracks):
        raise DataError(f"{('track', 'items')[level]}: one track twice")
    predicted = NOTHING
    if rows:
        column = {name: np.array([row[name] for row in rows]) for name in _PREDICTED.fields}
        point = np.stack([column["impact_lat_rad"], column["impact_lon_rad"], column["impact_s"]])
        if np.isnan(point[:, column["status"] == HIT]).any():
            raise DataError(f"{('track', 'items')[level]}: a prediction that comes down nowhere and at no time")
        predicted = StatedImpacts(
            track=column["track"], cycle=column["cycle"], boosting=column["boosting"],
            impacts=Predictions(
                lat_rad=column["impact_lat_rad"], lon_rad=column["impact_lon_rad"], time_s=column["impact_s"],
                covariance=column["impact_covariance"], status=column["status"].astype(np.int8),
                ground_m=column["path_m"], ground_sigma_m=column["path_sigma_m"],
            ),
        )  # fmt: skip
    return Report(level=level, cycle=said["cycle"], about_s=said["about_s"], tracks=tuple(tracks), predicted=predicted)


def _read_notice(said: dict[str, Any]) -> Notice:
    impact = said.pop("impact")
    return Notice(impact=None if np.isnan(impact).any() else impact, **said)


_READ: dict[str, Callable[[dict[str, Any]], Body]] = {
    "plot": _read_plot,
    "launch_report": lambda said: LaunchReport(**said),
    "track": lambda said: _read_report(TRACK, said),
    "items": lambda said: _read_report(ITEMS, said),
    "notice": _read_notice,
    "heartbeat": lambda said: Heartbeat(**said),
}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _list(values: np.ndarray) -> list[float | None]:
    """Numbers one after the other, None for NaN."""
    out: list[float | None] = values.ravel().tolist()
    return out if np.isfinite(values).all() else [each if each == each else None for each in out]
