"""Values of another kind, where people pass them: refused in words, before any work."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.catalog.catalog import data_dir
from trackfuse.core.errors import DataError, ScenarioError, SettingsError, TrackfuseError
from trackfuse.history.statements import checked_statements
from trackfuse.studies.sweeps.fields import Setting
from trackfuse.studies.sweeps.groups import chosen_groups
from trackfuse.tracking import TrackerSettings
from trackfuse.views.widgets.launches import titles
from trackfuse.views.widgets.widget_factory import buttons

BASE = "kn25_2023_02_20"
STATED = {"statement_id": "S1", "event_id": "E1", "nation": "JPN", "subject": "tracked", "value": "", "unit": ""}


@pytest.mark.parametrize("given", ["ships", 3, len, object()])
def test_groups_that_are_no_list(given: object) -> None:
    base = tf.load_scenario(BASE)
    with pytest.raises(SettingsError, match=r"groups: .* is neither a list of names"):
        chosen_groups(Setting(scenario=base, policies=base.policies), given)  # type: ignore[arg-type]


def test_a_group_that_is_no_table() -> None:
    base = tf.load_scenario(BASE)
    with pytest.raises(SettingsError, match=r"groups 'a': .* is no table of fields"):
        chosen_groups(Setting(scenario=base, policies=base.policies), {"a": len, "b": {}})  # type: ignore[dict-item]


@pytest.mark.parametrize("runs", [0, -1, 1.5, True, "3", 10**9, 10**400, np.float64(3.0), None])
def test_numbers_of_runs_are_bounded_before_work_starts(runs: object) -> None:
    with pytest.raises(SettingsError, match="runs: ") as caught:
        tf.compare(BASE, runs=runs)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("given", [3, None, [], b"kn25", Path("absent.toml"), Path(BASE)])
def test_what_is_no_scenario(given: object) -> None:
    with pytest.raises(TrackfuseError):
        tf.simulate(given)  # type: ignore[arg-type]


def test_a_path_stands_where_a_name_may() -> None:
    path = data_dir() / "scenarios" / f"{BASE}.toml"
    assert tf.simulate(path, seed=3).notices.equals(tf.simulate(BASE, seed=3).notices)
    assert tf.compare(path, runs=np.int64(1)).runs == 1


@pytest.mark.parametrize(("field", "given"), [
    ("cycle_s", 10**400), ("cycle_s", [5.0]), ("cycle_s", "5"), ("cycle_s", np.array([5.0, 6.0])), ("fusion", ["ci"]),
    ("confirm_plots", 3.0), ("late", {}),
])  # fmt: skip
def test_settings_of_another_kind(field: str, given: object) -> None:
    with pytest.raises(TrackfuseError, match=field) as caught:
        TrackerSettings(**{field: given})  # type: ignore[arg-type]
    assert len(str(caught.value)) < 300


def test_a_code_that_no_centre_has_is_refused_with_the_nearest() -> None:
    base = tf.load_scenario(BASE)
    for nation, hint in (("Japan", "did you mean 'JPN'"), ("jpn", "did you mean 'JPN'"), ("KOR", "valid: ")):
        with pytest.raises(ScenarioError, match=f"nation: no nation '{nation}'; {hint}"):
            replace(base, places=(*base.places, replace(base.places[0], name="Own town", nation=nation)))
    with pytest.raises(ScenarioError, match="rule nation_factor: no nation 'Japan'"):
        replace(base, rule=replace(base.rule, nation_factor=(("Japan", 2.0),)))
    with pytest.raises(TrackfuseError, match="payload"):
        replace(base.policies[0], payload="tracks")


@pytest.mark.parametrize("time_utc", ["2022-10-03T99:99Z", "yesterday", "2022-13-03", "22:22"])
def test_the_time_of_a_launch_is_checked_where_it_enters(time_utc: str) -> None:
    with pytest.raises(ScenarioError, match=r"time_utc: .* is not a time like"):
        replace(tf.load_scenario(BASE).launch, time_utc=time_utc)


def test_statements_without_rows_and_of_another_day() -> None:
    table = pd.DataFrame([STATED | {"date_local": "2019-07-31"}])
    with pytest.raises(DataError, match="statements: no rows below the header"):
        tf.record(table.head(0), runs=1)
    day = pd.Timestamp("2019-07-31").date()
    assert checked_statements(table, "here", {"E1": day})
    with pytest.raises(DataError, match="row 2 date_local: 2019-07-31 is not the day of 'E1'"):
        checked_statements(table, "here", {"E1": pd.Timestamp("2019-08-05").date()})


def test_a_control_shows_what_holds() -> None:
    made = buttons(name="a", tip="", options={"x": "", "y": ""}, first="known")
    assert made.value == "known" and [value for _, value in made.options] == ["known", "x", "y"]


def test_a_copy_of_a_shipped_scenario_can_be_chosen() -> None:
    base = tf.load_scenario(BASE)
    listed = titles(replace(base, name="mine"))
    assert listed[f"{base.title} (mine)"] == "mine" and listed[base.title] == BASE


def test_a_saved_run_is_not_given_to_other_code_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trackfuse.simulation import storage

    run = tf.simulate(BASE, seed=3)
    run.save(tmp_path / "run")
    copytree(tmp_path / "run", tmp_path / "again")
    assert tf.load_run(tmp_path / "run").seed == 3
    monkeypatch.setattr(storage, "own_parts", lambda *given: ["filter 'mine' of mine, version 2"])
    with pytest.raises(DataError, match="registered now: filter 'mine' of mine, version 2"):
        tf.load_run(tmp_path / "again")


def test_a_name_with_points_is_one_step_of_a_dotted_name() -> None:
    base = tf.load_scenario(BASE)
    own = replace(base.sensors[0], sensor_id="OWN 1.2")
    made = tf.change(replace(base, sensors=(*base.sensors, own)), {"sensors.OWN 1.2.revisit_s": 7.0})
    assert made.sensors[-1].revisit_s == 7.0 and made.sensors[0].revisit_s == base.sensors[0].revisit_s
    with pytest.raises(SettingsError, match=r"no field 'revisit'; did you mean 'revisit_s'"):
        tf.change(made, {"sensors.OWN 1.2.revisit": 7.0})
