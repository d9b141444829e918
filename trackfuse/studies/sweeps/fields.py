"""Any field of a scenario by its dotted name: "policy.latency_s", "sensors.fps5.range_km", "launch.azimuth_deg".

A name walks through frozen values: a field by its name, one of several (sensors, centres, places, policies, links) by
its own name, `*` for all of them, sensors also by their catalogued model. Beside the scenario's own fields there are:

policy.FIELD       of every policy compared; the status quo stays what it was, unless it is compared alone
links.LINK.FIELD   of that link in every policy that has it
presence.SENSOR.probability  that the sensor is on station and works, also where it would stand in for others; then
                   presence.SENSOR.probability_if_absent for the latter alone; `*` and models as for sensors
posture            "full", "none", "published" or "drawn": which sensors are there
biases             "constant" or "white": whether what calibration leaves over stays the same over a run
launch.site        a place of launch by its name in data/launches.csv, or (latitude, longitude) in degrees
launch.target      a place of the scenario by its name, or (latitude, longitude): sets azimuth and range
launch.boost       "low", "nominal" or "high": the class's burn times at that end of their intervals
assumptions        "low", "nominal" or "high" of every assumed sensor parameter at once
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from trackfuse.catalog.datafiles import once_per_folder, rows_of
from trackfuse.catalog.missiles import missile
from trackfuse.catalog.records import ASSUMPTIONS, reported_accuracies
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.scenario_validation import changed
from trackfuse.core.errors import SettingsError, check_known, unknown
from trackfuse.earth.geodesic import bearing_deg, distance_km
from trackfuse.flight.missile import Launch, MissileClass
from trackfuse.sensing.presence import Presence
from trackfuse.sharing import Policy
from trackfuse.studies.compare import STATUS_QUO
from trackfuse.studies.sweeps.assumed import interval, level_of, models
from trackfuse.studies.sweeps.members import own_name
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning.rule import WarningRule

_KEYS = {"sensors": "sensor_id", "nodes": "node_id", "places": "name", "policies": "name", "links": "link_id",
         "presence": "sensor_id"}
_OF_SCENARIO = ("sensors", "nodes", "places", "presence")
"""Its fields that hold several things; the policies of a setting are its own."""
_OF_LAUNCH = ("site", "target", "boost")
_CHANCES = {"probability": "interval", "probability_if_absent": "interval_if_absent"}
"""Probabilities of a presence, and the interval of either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is flown at one design point.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
        Those compared, in the order asked for.
    """

    scenario: Scenario
    policies: tuple[Policy, ...]


class _Change(NamedTuple):
    """One field to set: its dotted name, the value asked for, and the scenario before the change."""

    name: str
    value: Any
    scenario: Scenario

    @property
    def where(self) -> str:
        return f"over {self.name!r}"


def apply(base: Setting, values: Mapping[str, Any]) -> Setting:
    """Set fields by their dotted names.

    Parameters
    ----------
    base : Setting
    values : mapping of str to value
        Dotted name -> value, set in this order, except that `launch.target` is aimed at last. "low", "nominal" and
        "high" stand for the catalogue's values where the field is a number.

    Returns
    -------
    Setting

    Raises
    ------
    TrackfuseError
        For an unknown name (with the nearest), or a value that the field cannot have.
    """
    setting = base
    names = sorted(values, key=lambda name: name == "launch.target")
    for part, alike in groupby(names, key=lambda name: name.partition(".")[0] if "." in name else ""):
        if part in _OF_SCENARIO:
            setting = _apply_alike(setting, part, {name: values[name] for name in alike})
        else:
            for name in alike:
                setting = _apply_one(setting, name, values[name])
    return setting


def _apply_alike(setting: Setting, part: str, values: Mapping[str, Any]) -> Setting:
    """Set fields of one part of the scenario; it is checked as a whole once, for a sweep may set hundreds of them."""
    members = getattr(setting.scenario, part)
    for name, value in values.items():
        members = _set_members(members, part, _steps(setting, name)[1:], _Change(name, value, setting.scenario))
    return replace(setting, scenario=replace(setting.scenario, **{part: members}))


def _apply_one(setting: Setting, name: str, value: Any) -> Setting:
    head, *rest = _steps(setting, name)
    scenario, policies = setting.scenario, setting.policies
    change = _Change(name, value, scenario)
    if head == "assumptions" and not rest:
        return replace(setting, scenario=_assuming(scenario, value))
    if head == "policy" and rest:
        meant = _changed_policies(policies)
        return replace(setting, policies=tuple(_set(p, rest, change) if p in meant else p for p in policies))
    if head == "policies" and rest:
        return replace(setting, policies=_set_members(policies, "policies", rest, change))
    if head == "links" and rest:
        return replace(setting, policies=_set_links(policies, rest, change))
    if head not in Scenario.__dataclass_fields__ or not (rest or _settable(scenario, head)):
        raise SettingsError(f"{change.where}: {unknown('field', name, field_names(setting))}")
    return replace(setting, scenario=_set(scenario, [head, *rest], change))


def _steps(setting: Setting, name: str) -> list[str]:
    """The steps of a dotted name; the name of a sensor, place, centre, link or policy may have points itself."""
    head, _, rest = name.partition(".")
    members = setting.policies if head == "policies" else getattr(setting.scenario, head, ()) if head in _KEYS else ()
    if head == "links":
        members = tuple(link for policy in setting.policies for link in policy.links)
    own = [key for key in map(own_name, members) if "." in key and (rest == key or rest.startswith(f"{key}."))]
    if not own:
        return name.split(".")
    longest = max(own, key=len)
    return [head, longest, *filter(None, rest[len(longest) + 1 :].split("."))]


def _changed_policies(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Those that "policy.FIELD" means."""
    return tuple(p for p in policies if p.name != STATUS_QUO) or policies


def _settable(scenario: Scenario, field: str) -> bool:
    value = getattr(scenario, field)
    return not is_dataclass(value) and field not in ("name", "title", "source", *_KEYS)


def _set(owner: Any, path: Sequence[str], change: _Change) -> Any:
    """`owner` with the field at the path set."""
    field, *rest = path
    if isinstance(owner, Launch) and field == "boost" and not rest:
        return _boosted(owner, change)
    if isinstance(owner, Launch) and field in _OF_LAUNCH and not rest:
        return _placed(owner, field, change)
    check_known(SettingsError, "field", field, _fields(type(owner)), where=change.where)
    inner = getattr(owner, field)
    if isinstance(owner, Presence) and field == "probability" and owner.if_absent and not rest:
        both = {name: _value(owner, name, change) for name in _CHANCES}
        return changed(change.where, owner, both)
    if not rest:
        return changed(change.where, owner, {field: _value(owner, field, change)})
    if is_dataclass(inner):
        return replace(owner, **{field: _set(inner, rest, change)})
    if isinstance(inner, tuple) and field in _KEYS:
        return replace(owner, **{field: _set_members(inner, field, rest, change)})
    raise SettingsError(f"{change.where}: {field!r} has no fields of its own")


def _set_members(members: tuple[Any, ...], kind: str, path: Sequence[str], change: _Change) -> tuple[Any, ...]:
    which, *rest = path
    groups = models(change.scenario) if kind in ("sensors", "presence") else {}
    chosen = _members(members, which, groups)
    if not chosen:
        what = kind.removesuffix("s") if kind != "policies" else "policy"
        known = [own_name(member) for member in members]
        raise SettingsError(f"{change.where}: {unknown(what, which, [*known, *groups])}")
    if not rest:
        raise SettingsError(f"{change.where}: names no field; such as {change.name}.{_fields(type(members[0]))[-1]}")
    with_field = {own_name(member) for member in chosen if _has(member, rest[0])}
    if not with_field:
        raise SettingsError(f"{change.where}: {unknown('field', rest[0], _fields(type(chosen[0])))}")
    return tuple([_set(each, rest, change) if own_name(each) in with_field else each for each in members])


def _members(members: tuple[Any, ...], which: str, groups: Mapping[str, Sequence[str]]) -> list[Any]:
    """Those that `which` means: all (`*`), those of one model, or the one of that name."""
    chosen = groups.get(which, (which,))
    return [member for member in members if which == "*" or own_name(member) in chosen]


def _has(owner: Any, field: str) -> bool:
    return field in type(owner).__dataclass_fields__


def _set_links(policies: tuple[Policy, ...], path: Sequence[str], change: _Change) -> tuple[Policy, ...]:
    known = {link.link_id for policy in policies for link in policy.links}
    check_known(SettingsError, "link", path[0], ["*", *sorted(known)], where=change.where)
    made = []
    for policy in policies:
        if _members(policy.links, path[0], {}):
            policy = replace(policy, links=_set_members(policy.links, "links", path, change))
        made.append(policy)
    return tuple(made)


def _value(owner: Any, field: str, change: _Change) -> Any:
    """A value as the field wants it: a level becomes the catalogue's number, a missile's name the missile."""
    now, value = getattr(owner, field), change.value
    if isinstance(now, MissileClass) and isinstance(value, str):
        return missile(value)
    if isinstance(value, str) and isinstance(now, (int, float)) and not isinstance(now, bool):
        value = level_of(change.where, _interval(owner, field), value)
    if isinstance(now, int) and isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple) else value


def _interval(owner: Any, field: str) -> tuple[float, float, float] | None:
    if isinstance(owner, Presence):
        return getattr(owner, _CHANCES[field]) if field in _CHANCES else None
    if isinstance(owner, (TrackerSettings, WarningRule)):
        return interval("exchange", "", field)
    for kind, key in (("sensors", "sensor_id"), ("nodes", "node_id"), ("links", "link_id")):
        if _has(owner, key):
            return interval(kind, getattr(owner, key), field)
    return interval("missile", owner.name, field) if isinstance(owner, MissileClass) else None


def current_values(setting: Setting, name: str) -> list[Any]:
    """The values that a setting has under a dotted name.

    Parameters
    ----------
    setting : Setting
    name : str
        Dotted name that `apply` takes, other than `launch.site`, `launch.target` and `launch.boost`.

    Returns
    -------
    list
        One value a thing named: many under `*` or a model.
    """
    head, *rest = _steps(setting, name)
    if head == "policy":
        return _values_at(_changed_policies(setting.policies), ["*", *rest], setting.scenario)
    if head == "policies":
        return _values_at(setting.policies, rest, setting.scenario)
    if head == "links":
        links = tuple({link.link_id: link for policy in setting.policies for link in policy.links}.values())
        return _values_at(links, rest, setting.scenario)
    return _values_at(setting.scenario, [head, *rest], setting.scenario)


def _values_at(owner: Any, path: Sequence[str], scenario: Scenario) -> list[Any]:
    if not path:
        return [owner]
    step, *rest = path
    if not isinstance(owner, tuple):
        return _values_at(getattr(owner, step), rest, scenario) if _has(owner, step) else []
    members = _members(owner, step, models(scenario))
    return [value for member in members for value in _values_at(member, rest, scenario)]


def assumed_interval(setting: Setting, name: str) -> tuple[float, float, float]:
    """Low, nominal and high of the field of that name.

    Parameters
    ----------
    setting : Setting
    name : str
        Dotted name of a number.

    Returns
    -------
    tuple of float

    Raises
    ------
    SettingsError
        If the name is not known, the data give no interval, or it differs between the things named.
    """
    ends = [set(current_values(apply(setting, {name: level}), name)) for level in ASSUMPTIONS]
    if any(len(end) != 1 for end in ends):
        raise SettingsError(f"over {name!r}: low, nominal and high differ between those named; name one model")
    low, nominal, high = (float(end.pop()) for end in ends)
    return low, nominal, high


# ---- launch: boost, place and target --------------------------------------------------------------------------------


def _boosted(launch: Launch, change: _Change) -> Launch:
    """The launch with the class's burn times at one end; what else was changed of the missile stays."""
    check_known(SettingsError, "boost", str(change.value), ASSUMPTIONS, where=change.where)
    made = missile(launch.missile.name, boost=change.value)
    return replace(launch, missile=replace(launch.missile, stages=made.stages, upper=made.upper))


def _placed(launch: Launch, field: str, change: _Change) -> Launch:
    value = change.value
    if isinstance(value, str):
        known = _sites() if field == "site" else {p.name: (p.lat_deg, p.lon_deg) for p in change.scenario.places}
        check_known(SettingsError, "place", value, known, where=change.where)
        lat, lon = known[value]
    else:
        if not (isinstance(value, (tuple, list)) and len(value) == 2):
            raise SettingsError(f"{change.where}: {value!r} is neither a name nor (latitude, longitude)")
        lat, lon = map(float, value)
    if field == "site":
        return replace(launch, lat_deg=lat, lon_deg=lon, alt_m=0.0)
    ends = launch.lat_deg, launch.lon_deg, lat, lon
    return replace(launch, azimuth_deg=bearing_deg(*ends), range_km=distance_km(*ends))


@once_per_folder
def _sites() -> dict[str, tuple[float, float]]:
    """Places of launch by name, each where its first row with a position has it."""
    found: dict[str, tuple[float, float]] = {}
    for row in rows_of("launches.csv"):
        site = row["site_lat"], row["site_lon"]
        if not any(map(math.isnan, site)):
            found.setdefault(row["launch_site"], site)
    return found


def _assuming(scenario: Scenario, level: Any) -> Scenario:
    """The scenario with what is assumed of catalogued sensors and of the exchange at one level.

    What was changed by hand stays.
    """
    check_known(SettingsError, "set of assumptions", str(level), ASSUMPTIONS, where="over 'assumptions'")
    made = []
    for sensor in scenario.sensors:
        change = {}
        for field in type(sensor).__dataclass_fields__:
            found, now = interval("sensors", sensor.sensor_id, field), getattr(sensor, field)
            if found is not None and now == found[ASSUMPTIONS.index(scenario.assumptions)]:
                change[field] = type(now)(found[ASSUMPTIONS.index(level)])
        made.append(replace(sensor, **change))
    level_at = ASSUMPTIONS.index(scenario.assumptions)
    presence = []
    for each in scenario.presence:
        known = {name: getattr(each, own) for name, own in _CHANCES.items()}
        followed = {
            name: ends[ASSUMPTIONS.index(level)]
            for name, ends in known.items() if ends and getattr(each, name) == ends[level_at]
        }  # fmt: skip
        presence.append(replace(each, **followed))
    exchanged = {}
    for owner in ("tracker", "rule"):
        now = getattr(scenario, owner)
        before, after = (reported_accuracies(type(now), each) for each in (scenario.assumptions, level))
        followed = {field: value for field, value in after.items() if getattr(now, field) == before[field]}
        exchanged[owner] = replace(now, **followed)
    return replace(scenario, sensors=tuple(made), presence=tuple(presence), **exchanged, assumptions=level)


# ---- names ----------------------------------------------------------------------------------------------------------


@cache
def _fields(kind: type) -> tuple[str, ...]:
    own = [field for field in kind.__dataclass_fields__ if field not in _KEYS.values()]
    return (*own, *(_OF_LAUNCH if issubclass(kind, Launch) else ()))


def field_names(setting: Setting) -> list[str]:
    """Dotted names that can be set, members of groups by `*`: what a misspelt name is compared with.

    Parameters
    ----------
    setting : Setting

    Returns
    -------
    list of str
    """
    names = ["assumptions"]
    for head in Scenario.__dataclass_fields__:
        value = getattr(setting.scenario, head)
        if is_dataclass(value):
            names += [f"{head}.{field}" for field in _fields(type(value))]
        elif head in _KEYS:
            kinds = {type(member): member for member in value}.values()
            names += [f"{head}.*.{field}" for member in kinds for field in _fields(type(member))]
        elif _settable(setting.scenario, head):
            names.append(head)
    names += [f"policy.{field}" for field in _fields(type(setting.policies[0]))]
    links = [link for policy in setting.policies for link in policy.links]
    names += [f"links.*.{field}" for field in (_fields(type(links[0])) if links else ())]
    return list(dict.fromkeys(names))
