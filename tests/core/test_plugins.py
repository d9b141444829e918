"""Parts of a user's own: what may be named, what an error says, and how results name them."""

import linecache
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import numpy as np
import pytest

from trackfuse.core import plugins
from trackfuse.core.errors import PluginError, SettingsError
from trackfuse.core.estimates import check_estimate
from trackfuse.core.plugins import (
    check_methods,
    check_registered,
    check_takes,
    identity,
    name_of,
    named,
    register,
)


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_registered", {role: {} for role in plugins.ROLES})


def halve(one: float) -> float:
    return one / 2.0


def test_built_in_names_stay_names_and_registered_ones_become_parts() -> None:
    assert named("fusion", "ci", ("ci", "ici"), "tracker fusion") == "ci"
    assert register("fusion", "half", halve) is halve
    assert named("fusion", "half", ("ci",), "tracker fusion") is halve
    assert name_of("fusion", halve) == "half"
    check_registered("fusion", halve, "here")
    with pytest.raises(SettingsError, match=r"here: fusion 'named' has no name .* tf.register\('fusion', name, part\)"):
        check_registered("fusion", named, "here")


def test_errors_name_the_nearest() -> None:
    register("fusion", "ellipsoidal", halve)
    with pytest.raises(SettingsError, match="tracker fusion: no fusion rule 'elipsoidal'; did you mean 'ellipsoidal'"):
        named("fusion", "elipsoidal", ("ci",), "tracker fusion")
    with pytest.raises(SettingsError, match="no role 'fuson'; did you mean 'fusion'"):
        register("fuson", "half", halve)
    with pytest.raises(SettingsError, match="is not a name of letters"):
        register("fusion", "../half", halve)


def test_a_name_never_imports_a_module() -> None:
    with pytest.raises(SettingsError, match="no fusion rule 'antigravity'"):
        named("fusion", "antigravity", (), "tracker fusion")


def test_an_installed_entry_point_is_found_and_a_broken_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    there = EntryPoint("half", f"{__name__}:halve", "trackfuse.fusion")
    broken = EntryPoint("broken", "no_such_module_of_anybody:rule", "trackfuse.fusion")
    monkeypatch.setattr(plugins, "entry_points", lambda group: EntryPoints([there, broken]).select(group=group))
    monkeypatch.setattr(EntryPoint, "load", lambda self: halve if self.name == "half" else __import__(self.module))
    assert named("fusion", "half", (), "tracker fusion") is halve
    with pytest.raises(SettingsError, match="'broken' of 'no_such_module_of_anybody:rule' cannot be imported"):
        named("fusion", "broken", (), "tracker fusion")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"tracker fusion: 'halve' does not fit: .*; a fusion rule takes \(a, b\)"):
        check_takes("fusion", halve, ("a", "b"), "tracker fusion")
    with pytest.raises(SettingsError, match="tracker fusion: 3 cannot be called"):
        check_takes("fusion", 3, ("a",), "tracker fusion")
    with pytest.raises(SettingsError, match="'Scaled' cannot be hashed; give it as a frozen dataclass"):
        check_takes("fusion", Scaled(0.5), ("a",), "tracker fusion")
    check_takes("fusion", halve, ("a",), "tracker fusion")


class Counting:
    def add(self, one: float) -> float:
        return one


def test_a_part_with_methods_is_checked_by_each() -> None:
    check_methods("filter", Counting(), {"add": ("one",)}, "tracker filter")
    for methods, says in (
        ({"take": ("one",)}, r"tracker filter: 'Counting' has no take; a track filter has take\(one\)"),
        ({"add": ("one", "two")}, r"'Counting'.add does not fit: too many positional arguments; .* add\(one, two\)"),
        ({"__module__": ()}, r"'Counting'.__module__ cannot be called"),
    ):
        with pytest.raises(SettingsError, match=says):
            check_methods("filter", Counting(), methods, "tracker filter")


def test_estimates_that_are_none_are_refused() -> None:
    check_estimate(np.zeros(6), np.eye(6))
    rounded = np.diag([1e6, 1e6, 1e6, 1.0, 1.0, 1.0])
    rounded[0, 3] = 1e-9  # nothing beside the two deviations of 1e3 and 1, where 0 stands on the other side
    check_estimate(np.zeros(6), rounded)
    skew = np.eye(6)
    skew[0, 1] = 0.5
    for mean, covariance, says in (
        (np.zeros(5), np.eye(6), r"mean has shape \(5,\), not \(6,\)"),
        (np.zeros(6), np.eye(7), r"covariance has shape \(7, 7\)"),
        (np.full(6, np.nan), np.eye(6), "mean is not finite"),
        (np.zeros(6), skew, "covariance is not symmetric"),
        (np.zeros(6), -np.eye(6), "covariance is not positive definite"),
    ):
        with pytest.raises(ValueError, match=says):
            check_estimate(mean, covariance)


def test_an_error_in_a_run_can_be_passed_between_processes() -> None:
    error = PluginError("fusion rule 'half'", "JPN", 85.0, "ValueError: no")
    assert str(error) == "fusion rule 'half' at JPN at 85.0 s: ValueError: no"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


class Weighted:
    def __init__(self, weight: object) -> None:
        self.weight = weight

    def __call__(self, one: float) -> float:
        return one

    def rule(self, one: float) -> float:
        return one


@dataclass
class Scaled:
    scale: float

    def __call__(self, one: float) -> float:
        return one


@dataclass(frozen=True)
class Tabled:
    table: np.ndarray

    def __call__(self, one: float) -> float:
        return one


class Slotted:
    __slots__ = ("weight",)

    def __init__(self, weight: object) -> None:
        self.weight = weight

    def __call__(self, one: float) -> float:
        return one


class Derived(Weighted):
    pass


def enclosing(weight: object) -> Callable[[float], float]:
    def rule(one: float) -> float:
        return one if weight is None else rule(one)

    return rule


def by_default(one: float, weight: float = 0.5) -> float:
    return one * weight


def read_from(text: str) -> Callable:
    """A function whose source cannot be read, as one typed into an interpreter."""
    names: dict = {}
    exec(text, names)
    return names["rule"]


def test_identity_is_name_module_version_and_hash() -> None:
    assert identity("fusion", "ci") == "fusion ci"
    assert re.fullmatch(r"fusion halve \(.*test_plugins, no version, source [0-9a-f]{8}\)", identity("fusion", halve))
    assert re.match(r"fusion by_default \(.*test_plugins, ", identity("fusion", partial(by_default, weight=0.3)))


@pytest.mark.parametrize(
    "made",
    [
        lambda weight: Weighted(weight),
        lambda weight: Weighted(np.array([1.0, weight])),
        lambda weight: Weighted(weight).rule,
        lambda weight: Scaled(weight),
        lambda weight: Tabled(np.r_[np.zeros(3000), weight, np.zeros(3000)]),
        lambda weight: Slotted(weight),
        lambda weight: Derived(weight),
        lambda weight: enclosing(weight),
        lambda weight: enclosing({"of": [weight]}),
        lambda weight: partial(by_default, weight=weight),
        lambda weight: read_from(f"def rule(a):\n    return {weight} * a\n"),
        lambda weight: read_from(f"def rule(a):\n    return a[0:{weight:.0f}] if a in {{{weight}, 2}} else a[1:2]\n"),
        lambda weight: read_from(f"def rule(a):\n    return sum({weight} * b for b in a)\n"),
    ],
)
def test_identity_is_the_same_for_the_same_values_and_another_for_others(made: Callable) -> None:
    """Else a sweep of one rule would be taken up again with another."""
    assert identity("fusion", made(0.3)) == identity("fusion", made(0.3))
    assert identity("fusion", made(0.3)) != identity("fusion", made(0.7))


def test_identity_takes_no_other_text_for_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -c` leaves its own text under the name that all compiled text has, from Python 3.13 on."""
    monkeypatch.setitem(linecache.cache, "<string>", (3, None, ["x = 1\n", "y = 2\n"], "<string>"))
    one, other = (read_from(f"def rule(a):\n    return {weight} * a\n") for weight in (0.3, 0.7))
    assert identity("fusion", one) != identity("fusion", other)


def test_identity_counts_what_a_class_is_derived_from(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity("filter", Derived(0.3))
    text = plugins._text
    monkeypatch.setattr(plugins, "_text", lambda thing: text(thing) + ("changed" if thing is Weighted else ""))
    assert identity("filter", Derived(0.3)) != before


def test_identity_is_the_same_in_every_process() -> None:
    code = (
        "from tests.core.test_plugins import enclosing, read_from, Weighted\n"
        "from trackfuse.core.plugins import identity\n"
        'text = \'def rule(a):\\n    return a[1:2] in {"b", "c", "d"}\\n\'\n'
        "parts = enclosing('a'), read_from(text), Weighted(0.3)\n"
        "print(*(identity('fusion', part)[-9:-1] for part in parts))"
    )
    root = Path(__file__).parents[2]
    both = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root,
                       env=os.environ | {"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert both[0] == both[1]
    assert len(both[0].split()) == 3
