"""Buttons of a live run: each gives its command to the run, and those that are impossible are disabled and say why."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import trackfuse as tf
from trackfuse.realtime.commands import Commands
from trackfuse.realtime.live_run import LiveRun
from trackfuse.realtime.log import records
from trackfuse.views.widgets.live_controls import NO_RUN, ROWS, LiveControls

NAME, HUB = "kn25_2023_02_20", "INDOPACOM"


@pytest.fixture
def commands() -> Commands:
    scenario = tf.load_scenario(NAME)
    return Commands(scenario, scenario.policy("trilateral"))


@pytest.fixture
def controls(commands: Commands) -> LiveControls:
    made = LiveControls()
    made.control(cast(LiveRun, SimpleNamespace(commands=commands)))
    return made


def enabled(controls: LiveControls) -> set[tuple[str, str]]:
    return {key for key, button in controls.buttons.items() if not button.disabled}


def test_without_a_run_nothing_can_be_done() -> None:
    made = LiveControls()
    assert not enabled(made)
    assert {button.tooltip for button in made.buttons.values()} == {NO_RUN}
    assert all(NO_RUN in reason.value for reason in made.reasons.values())


def test_at_first_all_can_be_done_that_undoes_nothing(controls: LiveControls) -> None:
    undo = {("run", "resume"), ("link", "mend"), ("sensor", "start"), ("centre", "start")}
    assert enabled(controls) == {(row, what) for row, whats in ROWS.items() for what in whats} - undo
    for key in undo:
        assert controls.buttons[key].tooltip in controls.reasons[key[0]].value


@pytest.mark.parametrize("row", ROWS)
def test_a_button_gives_its_command_and_its_opposite_becomes_possible(
    controls: LiveControls, commands: Commands, row: str
) -> None:
    do, undo, *_ = ROWS[row]
    whom = "" if row == "run" else controls.chosen[row].options[-1]
    if row != "run":
        controls.chosen[row].value = whom
    for what, other in ((do, undo), (undo, do)):
        assert controls.buttons[row, other].disabled
        controls.buttons[row, what].click()
        assert commands.taken() == [(what, whom)]
        assert controls.buttons[row, what].disabled and not controls.buttons[row, other].disabled
        assert controls.said.value == f"{what} {whom}".strip()


def test_what_is_done_elsewhere_shows(controls: LiveControls, commands: Commands) -> None:
    controls.chosen["centre"].value = HUB
    commands.give("stop", HUB)
    assert controls.buttons["centre", "kill"].disabled
    assert controls.buttons["centre", "kill"].tooltip == f"{HUB} is stopped already"
    controls.chosen["centre"].value = "JPN"
    assert not controls.buttons["centre", "kill"].disabled
    commands.end()
    assert not enabled(controls)
    assert "the run is over" in controls.reasons["run"].value


def test_buttons_act_on_a_run_of_processes(tmp_path: Path) -> None:
    """The hub is stopped and started, a link cut and restored, the run paused and resumed, all by clicks."""
    view, at_s = tf.live_view(NAME), dict[str, float]()

    def watch(node: str, status: dict[str, Any]) -> None:
        at_s[node] = status["t_s"]
        view(node, status)

    run = tf.start_live(NAME, speed=20.0, log=tmp_path / "log", watch=watch)
    view.control(run)
    chosen, buttons = view.controls.chosen, view.controls.buttons
    chosen["centre"].value, chosen["link"].value = HUB, "bi-jpn-usfj"

    def click_at(t_s: float, *keys: tuple[str, str]) -> None:
        while at_s.get("JPN", 0.0) < t_s:
            assert not run.is_over
            time.sleep(0.02)
        for key in keys:
            buttons[key].click()

    click_at(40.0, ("link", "cut"), ("centre", "stop"))
    click_at(80.0, ("run", "pause"), ("run", "resume"))
    click_at(120.0, ("link", "mend"), ("run", "pause"), ("centre", "start"))
    until = time.monotonic() + 100.0
    while "up" not in [record[0] for record in records(tmp_path / "log" / "links.log")]:  # however long loading takes
        assert time.monotonic() < until
        time.sleep(0.1)
    buttons["run", "resume"].click()
    done = run.result()
    assert not enabled(view.controls)
    said = [(what, whom) for what, _, whom in (r[:3] for r in records(done.log / "links.log")) if what != "refused"]
    assert [each for each in said if each[1] in (HUB, "bi-jpn-usfj")] == [
        ("cut", "bi-jpn-usfj"), ("down", HUB), ("mend", "bi-jpn-usfj"), ("up", HUB)
    ]  # fmt: skip
    assert done.document["nodes"]["JPN"]["cycles"] == 64 > done.document["nodes"][HUB]["cycles"]
