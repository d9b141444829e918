"""Limits of fields: declared once, beside the type, for every number of a setting; every other value is refused."""

import math
from dataclasses import dataclass, replace
from typing import Annotated, get_args, get_type_hints

import pytest

from trackfuse.catalog.scenario import SalvoLaunch
from trackfuse.catalog.sensors import sensors
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.core.fields import Between, OneOf, Whole, check_fields
from trackfuse.earth import Place
from trackfuse.flight.missile import Launch, MissileClass, Stage
from trackfuse.sensing.sensor import Infrared, Radar
from trackfuse.sensing.shape import Shape
from trackfuse.sharing.network import Link, Node
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning.rule import WarningRule

SETTINGS = (
    Infrared, Launch, Link, MissileClass, Node, Place, Radar, SalvoLaunch, Shape, Stage, TrackerSettings, WarningRule,
)  # fmt: skip
UNLIMITED = {"capacity_per_s"}
"""Of a link: infinite by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    share: Annotated[float, Between(0.0, 1.0)] = 0.5
    width: Annotated[float, Between(0.0, open_low=True)] = 1.0
    count: Annotated[int, Whole(2, 4)] = 2
    level: Annotated[str, OneOf("level", ("low", "high"))] = "low"
    height: Annotated[float | None, Between(10.0, 20.0)] = None
    free: float = math.nan


@pytest.mark.parametrize("fine", [{}, {"share": 0.0}, {"share": 1.0}, {"width": 1e-9}, {"count": 4}, {"height": 10.0}])
def test_what_is_allowed_passes(fine: dict) -> None:
    check_fields(SettingsError, "example", Example(**fine))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"share": 1.1}, "example share: 1.1 is not a finite number in [0, 1]"),
        ({"share": math.nan}, "example share: nan is not a finite number in [0, 1]"),
        ({"width": 0.0}, "example width: 0.0 is not a finite number in (0, inf)"),
        ({"width": math.inf}, "example width: inf is not a finite number in (0, inf)"),
        ({"count": 5}, "example count: 5 is not a whole number from 2 to 4"),
        ({"count": 2.0}, "example count: 2.0 is not a whole number from 2 to 4"),
        ({"level": "hihg"}, "example level: no level 'hihg'; did you mean 'high'?"),
        ({"height": 9.0}, "example height: 9.0 is not a finite number in [10, 20]"),
        ({"height": 9.0, "share": 2.0}, "example share: 2.0 is not a finite number in [0, 1]"),
    ],
)
def test_what_is_not_is_refused_with_field_value_and_choice(wrong: dict, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        check_fields(SettingsError, "example", Example(**wrong))
    assert str(raised.value) == said


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_number_of_a_setting_has_its_limits_beside_its_type(kind: type) -> None:
    hints = get_type_hints(kind, include_extras=True)
    plain = {name for name, hint in hints.items() if hint is float or float in get_args(hint)}
    bounded = {name for name in plain if any(isinstance(each, Between) for each in get_args(hints[name]))}
    assert plain - bounded <= UNLIMITED


def test_a_radar_that_looks_down_further_than_up_is_refused() -> None:
    radar = next(sensor for sensor in sensors() if isinstance(sensor, Radar))
    with pytest.raises(ScenarioError, match=r"elevation_max_deg: 9\.0 is not a finite number in \[10, inf\)"):
        replace(radar, elevation_min_deg=10.0, elevation_max_deg=9.0)
