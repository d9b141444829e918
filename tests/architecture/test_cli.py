"""The command line: one line for a mistake, one JSON document for a script."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.signals import AFTER_CTRL_C
from trackfuse import __version__, cli

COMMAND = [sys.executable, "-m", "trackfuse"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in this process, which has loaded the package already: seconds less a call. Argparse leaves by
    SystemExit; any other error is the test's.
    """
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as said:
        try:
            status = cli.main(arguments)
        except SystemExit as left:
            status = int(left.code or 0)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), said.getvalue())


def is_one_line_of_error(done: subprocess.CompletedProcess[str]) -> bool:
    said = done.stderr.splitlines()
    return done.returncode == 2 and done.stdout == "" and len(said) == 1 and said[0].startswith("trackfuse: error: ")


def test_version_and_help() -> None:
    assert run("--version").stdout == f"trackfuse {__version__}\n"
    shown = run("--help").stdout
    assert all(command in shown for command in ("run", "validate", "scenarios", "report", "bench"))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["runn"],
        ["run"],
        ["run", "hwasong12_2022_10_04", "--runs", "many"],
        ["run", "hwasong12_2022_10_04", "--seed", "1.5"],
        ["report", "--json"],
    ],
)
def test_usage_error_is_one_line(arguments: list[str]) -> None:
    assert is_one_line_of_error(called(*arguments))


def test_a_mistake_is_one_line_also_of_a_process_of_its_own() -> None:
    """Found by the parser, and found once the package is loaded."""
    for arguments in (["runn"], ["run", "hwasong12_2022_10_4"]):
        alone = run(*arguments)
        assert is_one_line_of_error(alone)
        assert alone.stderr == called(*arguments).stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["run", "hwasong12_2022_10_4"], "hwasong12_2022_10_04"),
        (["run", "hwasong12_2022_10_04", "--policy", "trilatral"], "trilateral"),
        (["run", "hwasong12_2022_10_04", "--runs", "0"], "runs"),
        (["run", "hwasong12_2022_10_04", "--runs", "1", "--seed", "-1"], "seed"),
        (["run", "nowhere/file.toml"], "nowhere/file.toml"),
        (["validate", "--launches", "nowhere/file.csv"], "nowhere/file.csv"),
        (["backtest", "--alerts", "nowhere/file.csv"], "nowhere/file.csv"),
        (["backtest", "--runs", "0"], "runs"),
        (["record", "--statements", "nowhere/file.csv"], "nowhere/file.csv"),
        (["record", "--posture", "ful"], "full"),
    ],
)
def test_what_a_user_can_mend_is_one_line_with_a_hint(arguments: list[str], hint: str) -> None:
    done = called(*arguments)
    assert is_one_line_of_error(done), done
    assert hint in done.stderr


def test_scenarios_one_a_line_name_first() -> None:
    lines = called("scenarios").stdout.splitlines()
    assert len(lines) >= 8
    assert "hwasong12_2022_10_04" in [line.split()[0] for line in lines]


@pytest.mark.parametrize(
    "arguments",
    [
        ["scenarios"], ["validate"], ["run", "hwasong12_2022_10_04", "--runs", "2"],
        *([command, "--help"] for command in cli._COMMANDS.choices), ["--help"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_text_fits_eighty_columns(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # argparse writes as wide as the terminal that the tests run in
    wide = [line for line in called(*arguments).stdout.splitlines() if len(line) > 80]
    assert wide == []


def test_every_command_that_gives_numbers_gives_them_as_json() -> None:
    with_json = {name for name, each in cli._COMMANDS.choices.items() if "--json" in each.format_help()}
    assert with_json == set(cli._COMMANDS.choices) - {"report", "compile", "node", "keys"}
    assert json.loads(called("scenarios", "--json").stdout)["kn25_2023_02_20"]


def test_a_scenario_named_in_part_offers_all_that_begin_so() -> None:
    said = called("run", "hwasong12").stderr
    assert "hwasong12_2017_08_29" in said and "hwasong12_2022_10_04" in said and "hwasong18" not in said


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    pipe = ["bash", "-o", "pipefail", "-c", '"$@" scenarios | head -n 1', "-", *COMMAND]
    done = subprocess.run(pipe, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_run_json_has_the_agreed_shape() -> None:
    chosen = ["--policy", "national", "--policy", "ideal", "--runs", "2", "--seed", "3"]
    done = run("run", "hwasong12_2022_10_04", *chosen, "--json")
    document = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert (document["scenario"], document["seed"], document["runs"]) == ("hwasong12_2022_10_04", 3, 2)
    assert document["version"] == __version__
    assert list(document["policies"]) == ["national", "ideal"]
    metrics = {"detection_s", "confirmation_s", "notice_s", "position_error_m", "velocity_error_mps", "impact_error_km"}
    for policy in document["policies"].values():
        assert set(policy["nodes"]) == {"JPN", "ROK", "USA"}
        figures = [figure for node in policy["nodes"].values() for figure in node.values()]
        assert all(set(node) > metrics for node in policy["nodes"].values())
        for place in policy["places"].values():
            assert set(place) == {"nation", "warning_time_s"}
            figures.append(place["warning_time_s"])
        assert all(figure is None or set(figure) == {"median", "p05", "p95", "n"} for figure in figures)
    assert any(policy["places"] for policy in document["policies"].values())


def test_run_text_names_every_policy() -> None:
    done = called("run", "hwasong12_2022_10_04", "--policy", "bilateral", "--policy", "trilateral", "--runs", "2")
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("bilateral", "trilateral", "JPN", "ROK", "USA", "Gain over bilateral"))


def test_validate_json_has_the_agreed_columns() -> None:
    rows = json.loads(called("validate", "--json").stdout)
    wanted = {"event_id", "source_country", "published_s", "computed_s", "error_s", "error_pct", "status"}
    assert rows
    assert all(set(row) == wanted for row in rows)


def test_backtest_json_has_the_agreed_columns() -> None:
    rows = json.loads(called("backtest", "--runs", "1", "--json").stdout)
    wanted = {"alert_id", "quantity", "published_s", "median_s", "p05_s", "p95_s", "inside", "used_for_calibration",
              "status"}  # fmt: skip
    assert rows
    assert all(set(row) == wanted for row in rows)
    assert all((row["median_s"] is None) == (row["inside"] is None) == (row["status"] != "ok") for row in rows)


def test_record_json_has_the_agreed_columns(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    header = "statement_id,event_id,date_local,nation,subject,value,unit\n"
    file.write_text(header + "S1,L20190731,2019-07-31,JPN,tracked,,\nS2,L20190731,2019-07-31,ROK,range_km,250,km\n")
    done = called("record", "--statements", str(file), "--posture", "none", "--runs", "1", "--json")
    rows = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    wanted = {"statement_id", "nation", "subject", "published", "probability", "median", "p05", "p95", "inside",
              "posture", "status"}  # fmt: skip
    assert [row["statement_id"] for row in rows] == ["S1", "S2"]
    assert all(set(row) == wanted and row["status"] == "ok" for row in rows)
    assert [row["probability"] for row in rows] == [0.0, None]
    assert (rows[0]["median"], rows[1]["median"], rows[1]["inside"]) == (None, 250.0, True)


def test_json_holds_no_nan() -> None:
    table = pd.DataFrame({"a": [np.nan, 1.5], "b": [1, 2]})
    numbers = {"x": np.float64("inf"), "n": np.int64(3), "list": (1.0, float("nan"))}
    assert json.loads(cli._json({"rows": table.to_dict("records"), **numbers})) == {
        "rows": [{"a": None, "b": 1}, {"a": 1.5, "b": 2}], "x": None, "n": 3, "list": [1.0, None],
    }


def test_ctrl_c_ends_quickly_and_cleanly() -> None:
    run = [*COMMAND, "run", "hwasong12_2022_10_04", "--runs"]
    subprocess.run([*run, "1"], check=True, capture_output=True)  # compiled: a compiler's callbacks may lose the signal
    process = subprocess.Popen(
        [*run, "100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        time.sleep(3.0)
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode in AFTER_CTRL_C
    assert out == ""
    assert "Traceback" not in said
