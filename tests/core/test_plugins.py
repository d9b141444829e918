"""Parts of a user's own: what may be named, what an error says, and how results name them."""

import pickle
import re
from importlib.metadata import EntryPoint, EntryPoints

import numpy as np
import pytest

from trackfuse.core import plugins
from trackfuse.core.errors import PluginError, SettingsError
from trackfuse.core.plugins import (
    check_estimate,
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
    check_takes("fusion", halve, ("a",), "tracker fusion")


def test_estimates_that_are_none_are_refused() -> None:
    check_estimate(np.zeros(6), np.eye(6))
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


def test_identity_changes_with_the_source() -> None:
    one: dict = {}
    exec("def rule(a):\n    return a\n", one)
    assert identity("fusion", "ci") == "fusion ci"
    assert re.fullmatch(r"fusion halve \(.*test_plugins, no version, source [0-9a-f]{8}\)", identity("fusion", halve))
    assert identity("fusion", one["rule"]).endswith("source unknown)")
    assert identity("fusion", halve) != identity("fusion", register)
