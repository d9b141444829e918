"""Faults that users would have met: one policy on the command line, odd tables, names taken twice, satellites only."""

import json

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.cli import main
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.sensing.presence import Presence


def test_one_policy_alone_is_shown_without_gains(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "kn25_2023_02_20", "--runs", "1", "--policy", "trilateral"]) == 0
    assert "Figures by nation" in capsys.readouterr().out
    assert main(["run", "kn25_2023_02_20", "--runs", "1", "--policy", "trilateral", "--json"]) == 0
    json.loads(capsys.readouterr().out)


def test_an_answer_of_satellites_alone_says_what_it_can() -> None:
    said = tf.answer({"satellite launch": "unha3_2016_02_07"}, runs=1).sentences
    assert said and not any("nan" in each for each in said)
    for wrong in ({}, ["kn25_2023_02_20"], None):
        with pytest.raises(SettingsError, match="answer kinds"):
            tf.answer(wrong)  # type: ignore[arg-type]


def test_a_built_in_name_cannot_be_taken_silently() -> None:
    for role, name in (("sharing", "everything"), ("fusion", "ci"), ("filter", "imm"), ("sensor", "radar")):
        with pytest.raises(SettingsError, match=f"'{name}' is the package's own; register yours by another name"):
            tf.register(role, name, len)


def test_numbers_in_a_table_of_statements_are_read_as_numbers() -> None:
    row = tf.statements().query("statement_id == 'T082'").iloc[[0]]
    done = tf.record(row.assign(value=400), runs=1, posture="none").table
    assert list(done["status"]) == ["ok"]
    assert list(done["published"]) == ["400"]


def test_a_figure_says_which_way_is_better_with_true_or_false() -> None:
    def made(better: object) -> object:
        def figure(run: tf.Run) -> pd.DataFrame:
            row = {"nation": "JPN", "figure": "mine", "unit": "1", "value": 1.0, "larger_is_better": better}
            return pd.DataFrame([row])

        return figure

    asked = {"policies": ["bilateral", "trilateral"], "runs": 1}
    with pytest.raises(tf.PluginError, match="neither true nor false"):
        tf.compare("kn25_2023_02_20", **asked, figures=[made("no")])
    compared = tf.compare("kn25_2023_02_20", **asked, figures=[made(np.nan)])
    assert [each.larger_is_better for each in compared.own] == [False]
    with pytest.raises(SettingsError, match="give a list"):
        tf.compare("kn25_2023_02_20", **asked, figures=made(True))


def test_who_stands_in_for_itself_is_refused() -> None:
    for wrong in (("a",), "bc"):
        with pytest.raises(ScenarioError, match="presence 'a' if_absent"):
            Presence(sensor_id="a", probability=0.5, if_absent=wrong)  # type: ignore[arg-type]


def test_a_report_refuses_an_unknown_posture_before_any_work(tmp_path) -> None:
    with pytest.raises(ScenarioError, match="did you mean 'none'"):
        tf.report(tmp_path / "out", posture="nine")
    assert not list(tmp_path.iterdir())
