"""A value with some fields changed: for notebooks, where nothing but `trackfuse` is imported."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, check_known
from trackfuse.studies.sweeps.fields import Setting, apply

T = TypeVar("T")


def change(value: T, dotted: dict[str, Any] | None = None, /, **values: Any) -> T:
    """A copy of a launch, sensor, scenario or any other of the package's frozen values, with some fields changed.

    Parameters
    ----------
    value : frozen value
        Not changed itself.
    dotted : dict of str to value, optional
        Of a scenario: fields by their dotted names as in `sweep`, such as {"launch.azimuth_deg": 90.0,
        "sensors.JP-FPS5-SADO.range_km": 900.0}. Set after `values`.
    **values
        The value's own fields by name.

    Returns
    -------
    value of the same kind

    Raises
    ------
    SettingsError
        If the value is none of the package's, or a field is not known (with the nearest).
    TrackfuseError
        If a field cannot have a value: of the class that the value itself raises.

    Examples
    --------
    >>> base = tf.load_scenario("kn25_2023_02_20")
    >>> tf.change(base, {"tracker.confirm_plots": 4}).tracker.confirm_plots
    4
    >>> tf.change(base.places[0], name="Elsewhere").name
    'Elsewhere'
    """
    kind = type(value).__name__
    if not is_dataclass(value) or isinstance(value, type):
        raise SettingsError(f"change: {value!r} is none of the package's values")
    known = [field.name for field in fields(value)]
    for name in values:
        check_known(SettingsError, f"field of {kind}", name, known, where="change")
    changed: Any = replace(value, **values)
    if not dotted:
        return changed
    if not isinstance(changed, Scenario):
        raise SettingsError(f"change: dotted names are of a scenario's fields, not of {kind}'s")
    setting = apply(Setting(scenario=changed, policies=changed.policies), dotted)
    policies = setting.policies if setting.policies != changed.policies else setting.scenario.policies
    return replace(setting.scenario, policies=policies)  # pyright: ignore[reportReturnType]  # T is Scenario here
