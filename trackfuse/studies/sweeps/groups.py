"""Groups of assumptions: which fields of a scenario are assumed, sorted by what they are about."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trackfuse.catalog.missiles import missile, missile_names
from trackfuse.core.errors import SettingsError, check_known, is_kind, shortened
from trackfuse.sensing.sensor import Infrared
from trackfuse.sharing import Link
from trackfuse.studies.sweeps.assumed import MISSILE_FIELDS, interval, models, wide
from trackfuse.studies.sweeps.design import ASSUMED
from trackfuse.studies.sweeps.fields import Setting

Over = dict[str, Any]
"""Dotted name of a field -> what it goes through, as `sweep` takes it."""

REGISTRATION = (
    "site_sigma_m",
    "range_offset_sigma_m",
    "north_sigma_mrad",
    "level_sigma_mrad",
    "clock_sigma_s",
    "refraction_residual",
    "constant_share",
)
"""Fields of a sensor that say how far it may be misplaced or turned, and how much of its errors stays the same."""
BEST_OR_NOT = "fps7"
"""The model of radar of which it is not known whether it looks for ballistic missiles at all."""
SETTLED = {"full": "every sensor is there", "none": "no ship is there, and every other sensor is"}
"""Postures in which no probability counts -> what holds instead."""
US_TO_ROK = "bi-usfk-rok"
"""The link by which South Korea receives what the United States see."""


def groups_of(setting: Setting) -> dict[str, Over]:
    """Every group of assumptions, and the fields in it that the scenario and its policies have.

    Parameters
    ----------
    setting : Setting
        The baseline and the policy, in this order.

    Returns
    -------
    dict of str to dict
        Group -> `over` of its fields; empty where there is none, or the data give no interval.
    """
    return {name: fields(setting) for name, fields in _GROUPS.items()}


def chosen_groups(
    setting: Setting, groups: Sequence[str] | Mapping[str, Mapping[str, Any]] | None
) -> tuple[dict[str, Over], dict[str, str]]:
    """The groups that are varied, and those that cannot be.

    Parameters
    ----------
    setting : Setting
    groups : sequence of str, or mapping of str to mapping, optional
        Names of groups, or groups of one's own; default: all.

    Returns
    -------
    groups : dict of str to dict
        Group -> `over` of its fields; none is empty.
    left_out : dict of str to str
        Group -> why it is not varied.

    Raises
    ------
    SettingsError
        For an unknown group (the nearest is offered), one that was asked for and has no field, or less than two.
    """
    if isinstance(groups, Mapping):
        for name, over in groups.items():
            if not is_kind(over, Mapping):
                raise SettingsError(f"groups {str(name)!r}: {shortened(over)} is no table of fields and their values")
        found = {str(name): dict(over) for name, over in groups.items()}
    elif groups is not None and (isinstance(groups, str) or not is_kind(groups, Iterable)):
        raise SettingsError(
            f"groups: {shortened(groups)} is neither a list of names such as {list(groups_of(setting))[:2]!r} nor a "
            "table of groups"
        )
    else:
        known = groups_of(setting)
        names = list(known) if groups is None else list(dict.fromkeys(groups))
        for name in names:
            check_known(SettingsError, "group of assumptions", str(name), known, where="groups")
        found = {name: known[name] for name in names}
    left_out = {name: _why(setting, name) for name, over in found.items() if not over}
    for name, why in left_out.items() if groups is not None else ():
        raise SettingsError(f"groups: {name!r} cannot be varied here: {why}")
    kept = {name: over for name, over in found.items() if over}
    if len(kept) < 2:
        raise SettingsError(f"groups: {list(kept)!r}: two groups or more are needed to compare what moves a gain")
    return kept, left_out


def _why(setting: Setting, group: str) -> str:
    """Why a group has no field in this scenario."""
    posture = setting.scenario.posture or ""
    if group in ("ships", "maintenance") and posture in SETTLED:
        return f"posture {posture!r}: {SETTLED[posture]}"
    return LEFT_OUT.get(group, "the group has no field")


# ---- sensors ---------------------------------------------------------------------------------------------------------


def _there(setting: Setting, wanted: Callable[[bool, bool], bool]) -> Over:
    """Presence of sensors of the scenario by whether they are ships, and of the model `BEST_OR_NOT`."""
    if setting.scenario.posture in SETTLED:
        return {}
    taking_part = {sensor.sensor_id for sensor in setting.scenario.sensors}
    doubtful = models(setting.scenario).get(BEST_OR_NOT, ())
    over: Over = {}
    for each in setting.scenario.presence:
        if each.sensor_id in taking_part and wanted(each.ship, each.sensor_id in doubtful):
            chances = {"probability": each.interval, "probability_if_absent": each.interval_if_absent}
            over |= {f"presence.{each.sensor_id}.{name}": ASSUMED for name, ends in chances.items() if wide(ends)}
    return over


def _ships(setting: Setting) -> Over:
    return _there(setting, lambda ship, doubtful: ship)


def _maintenance(setting: Setting) -> Over:
    return _there(setting, lambda ship, doubtful: not ship and not doubtful)


def _best_or_not(setting: Setting) -> Over:
    alike = _there(setting, lambda ship, doubtful: doubtful)
    # Whether the model can do it is one fact, not one of every radar: they share a value.
    there: Over = {f"presence.{BEST_OR_NOT}.probability": ASSUMED} if alike else {}
    return there | {name: ASSUMED for name in _of_sensors(setting) if name == f"sensors.{BEST_OR_NOT}.range_km"}


def _of_sensors(setting: Setting) -> dict[str, bool]:
    """Dotted names of what is assumed of sensors by their model, and whether these are satellites."""
    by_id = {sensor.sensor_id: sensor for sensor in setting.scenario.sensors}
    return {
        f"sensors.{model}.{field}": isinstance(by_id[members[0]], Infrared)
        for model, members in models(setting.scenario).items()
        for field in type(by_id[members[0]]).__dataclass_fields__
        if wide(interval("sensors", members[0], field))
    }


def _radars(setting: Setting) -> Over:
    elsewhere = _best_or_not(setting) | _registration(setting)
    return {name: ASSUMED for name, space in _of_sensors(setting).items() if not space and name not in elsewhere}


def _satellites(setting: Setting) -> Over:
    elsewhere = _registration(setting)
    return {name: ASSUMED for name, space in _of_sensors(setting).items() if space and name not in elsewhere}


def _registration(setting: Setting) -> Over:
    return {name: ASSUMED for name in _of_sensors(setting) if name.rsplit(".", 1)[1] in REGISTRATION}


# ---- missile ---------------------------------------------------------------------------------------------------------


def _of_missile(setting: Setting, wanted: Callable[[str], bool]) -> Over:
    name = setting.scenario.launch.missile.name
    fields = (field for field in MISSILE_FIELDS if wanted(field) and wide(interval("missile", name, field)))
    return {f"launch.missile.{field}": ASSUMED for field in fields}


def _cross_section(setting: Setting) -> Over:
    return _of_missile(setting, lambda field: field.endswith("_rcs_m2"))


def _motion(setting: Setting) -> Over:
    name = setting.scenario.launch.missile.name
    burns = name in missile_names() and missile(name, boost="low") != missile(name, boost="high")
    # First, since a burn at another end brings stages of its own.
    boost: Over = {"launch.boost": ["low", "nominal", "high"]} if burns else {}
    return boost | _of_missile(setting, lambda field: not field.endswith("_rcs_m2"))


# ---- sharing ---------------------------------------------------------------------------------------------------------


def _links(setting: Setting) -> dict[str, Link]:
    """Links of the policies by name."""
    return {link.link_id: link for policy in setting.policies for link in policy.links}


def _delays(setting: Setting) -> Over:
    over: Over = {}
    for name, link in _links(setting).items():
        if link.latency_s > 0.0 and link.latency_spread > 0.0:
            # What is not known is the same all through a run: drawn here by the law that messages have else.
            law = {"distribution": "lognormal", "median": link.latency_s, "spread": link.latency_spread}
            over |= {f"links.{name}.latency_s": law, f"links.{name}.latency_spread": [0.0]}
        if wide(interval("links", name, "period_s")):
            over[f"links.{name}.period_s"] = ASSUMED
    for node in setting.scenario.nodes:
        fields = (f for f in ("cue_delay_s", "processing_s") if wide(interval("nodes", node.node_id, f)))
        over |= {f"nodes.{node.node_id}.{field}": ASSUMED for field in fields}
    return over


def _losses(setting: Setting) -> Over:
    names = (name for name in _links(setting) if name != US_TO_ROK and wide(interval("links", name, "loss")))
    return {f"links.{name}.loss": ASSUMED for name in names}


def _us_data(setting: Setting) -> Over:
    link = _links(setting).get(US_TO_ROK)
    return {} if link is None else {f"links.{US_TO_ROK}.loss": [link.loss, 1.0]}


def _coarseness(setting: Setting) -> Over:
    owners = {"tracker": setting.scenario.tracker, "rule": setting.scenario.rule}
    return {
        f"{owner}.{field}": ASSUMED
        for owner, settings in owners.items()
        for field in type(settings).__dataclass_fields__
        if wide(interval("exchange", "", field))
    }


def _payload(setting: Setting) -> Over:
    *below, richest = setting.policies
    before = {link.link_id for policy in below for link in policy.links}
    new = any(link.exchange and link.link_id not in before for link in richest.links)
    return {f"policies.{richest.name}.payload": ["warning", "track"]} if new else {}


def _nothing(setting: Setting) -> Over:
    return {}


_GROUPS: dict[str, Callable[[Setting], Over]] = {
    "ships": _ships,
    "maintenance": _maintenance,
    "J/FPS-7": _best_or_not,
    "radars": _radars,
    "satellites": _satellites,
    "registration": _registration,
    "cross-section": _cross_section,
    "boost and drag": _motion,
    "delays": _delays,
    "losses": _losses,
    "outages": _nothing,
    "US data to South Korea": _us_data,
    "published items": _coarseness,
    "payload": _payload,
}
"""Group -> what finds its fields."""
LEFT_OUT = {
    "ships": "no ship in the scenario has an interval for its presence",
    "maintenance": "no radar or satellite in the scenario has an interval for its presence",
    "J/FPS-7": "there is none in the scenario",
    "radars": "no radar in the scenario has a parameter with an interval",
    "satellites": "no satellite in the scenario has a parameter with an interval",
    "registration": "the data give registration errors of sensors no interval",
    "cross-section": "the class of the missile has no interval for it",
    "boost and drag": "the class of the missile has no interval for either",
    "delays": "no link or centre has an interval for its delay",
    "losses": "no link has an interval for its loss",
    "outages": "no source says how often, or how long, a link is out",
    "US data to South Korea": f"the policies have no link {US_TO_ROK}",
    "published items": "the data give them no interval",
    "payload": "the policy adds no exchange to the baseline",
}
"""Group -> why it is left out where it has no field."""
