"""A live view that starts and ends runs itself, and what it says meanwhile; the links in its table."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.realtime.commands import Commands
from trackfuse.realtime.crossing import Crossing, links_now
from trackfuse.views.widgets import live_view as module
from trackfuse.views.widgets.live_controls import NO_RUN
from trackfuse.views.widgets.live_links import LiveLinks
from trackfuse.views.widgets.live_view import ENDED_EARLY, ENDING, STARTING, UNDER_WAY, LiveView

NAME, HUB = "kn25_2023_02_20", "INDOPACOM"
NOBODY = {"first_track_s": None, "received": 0, "refused": 0}


class Acted:
    """A run of no processes: it is over when the test says so."""

    def __init__(self, scenario: tf.Scenario, policy: str, log: Path) -> None:
        self.scenario, self.policy, self.speed, self.log = scenario, scenario.policy(policy), 15.0, log
        self.commands = Commands(scenario, scenario.policy(policy))
        self.is_over = False
        self.error: Exception | None = None
        self.links = links_now(scenario.policy(policy).effective_links(), None, self.commands)

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        nodes = {node.node_id: NOBODY for node in self.scenario.nodes}
        nodes |= {"JPN": {"first_track_s": 61.2, "received": 1200, "refused": 3}}
        return SimpleNamespace(document={"nodes": nodes})


@pytest.fixture
def acted(monkeypatch: pytest.MonkeyPatch) -> list[Acted]:
    """Runs that views have started, none of them real."""
    runs: list[Acted] = []

    def start(scenario: tf.Scenario, policy: str, *, speed: float, log: Path, watch: LiveView) -> Acted:
        assert speed == 20.0
        log.mkdir()
        runs.append(Acted(scenario, policy, log))
        return runs[-1]

    monkeypatch.setattr(module, "start_live", start)
    return runs


def wait_until(so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60.0
    while not so():
        assert time.monotonic() < until
        time.sleep(0.01)


def started(acted: list[Acted], **given: Any) -> tuple[LiveView, Acted]:
    view = tf.live_view(**given)
    assert view.maps is None  # nothing is drawn before a launch is chosen
    assert (view.chosen.start.disabled, view.chosen.end.disabled) == (False, True)
    assert view.chosen.end.tooltip == NO_RUN and NO_RUN in view.chosen.reasons.value
    assert view.chosen.launch is not None
    view.chosen.launch.value, view.chosen.policy.value, view.chosen.speed.value = NAME, "bilateral", 20.0
    view.chosen.start.click()
    assert STARTING in view.said.value
    assert view.chosen.start.disabled and view.chosen.start.tooltip == UNDER_WAY and view.chosen.launch.disabled
    wait_until(lambda: view.run is not None)
    return view, acted[-1]


def test_a_run_is_started_and_said_to_be_over(acted: list[Acted]) -> None:
    view, run = started(acted)
    assert view.maps is not None and run.log.exists()
    assert view.controls.chosen["link"].options == run.commands.links and "hub-usfj-jpn" not in run.commands.links
    view("JPN", {"t_s": 65.0, "tracks": [(0, 39.0, 130.0, 90.0, 1500.0, 2.0)], "received": 12, "refused": 2})
    wait_until(lambda: "65 s after the launch: Japan 1 track, South Korea no tracks" in view.said.value)
    run.commands.give("pause")
    wait_until(lambda: "is paused" in view.said.value)
    view.chosen.start.click()  # a run is under way
    assert acted == [run]
    run.is_over = True
    wait_until(lambda: "First track of its own after the launch: Japan 61 s, South Korea none" in view.said.value)
    assert "received 1,200 messages and refused 3" in view.said.value
    wait_until(lambda: not run.log.exists())
    assert (view.chosen.start.disabled, view.chosen.end.disabled) == (False, True)


def test_a_run_is_ended_by_its_button(acted: list[Acted]) -> None:
    view, run = started(acted)
    view.chosen.end.click()
    assert run.commands.is_over and ENDING in view.said.value
    assert view.chosen.end.disabled and view.chosen.start.disabled
    run.error, run.is_over = SettingsError("ended before it began"), True
    wait_until(lambda: ENDED_EARLY in view.said.value)


def test_a_log_that_was_asked_for_stays(acted: list[Acted], tmp_path: Path) -> None:
    view, run = started(acted, log=tmp_path / "log")
    run.is_over = True
    wait_until(lambda: "is over" in view.said.value)
    assert run.log == tmp_path / "log" and run.log.is_dir()


def test_what_does_not_run_live_is_said_in_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise SettingsError("live: policy 'own' has links of limited capacity")

    monkeypatch.setattr(module, "start_live", start)
    view = tf.live_view(NAME)
    assert view.chosen.launch is None and view.maps is not None
    view.chosen.start.click()
    wait_until(lambda: "links of limited capacity" in view.said.value)
    assert not view.chosen.start.disabled and view.run is None


def test_a_run_by_code_fills_a_view_without_a_launch() -> None:
    scenario, view = tf.load_scenario(NAME), tf.live_view()
    run = Acted(scenario, "trilateral", Path("none"))
    view.control(cast(Any, run))
    assert view.maps is not None and view.chosen.start.disabled
    assert view.chosen.launch is not None and view.chosen.launch.value == NAME
    assert (view.chosen.policy.value, view.chosen.speed.value) == ("trilateral", 15.0)
    run.is_over = True
    wait_until(lambda: "is over" in view.said.value)


def test_links_count_what_they_bring_and_what_is_lost() -> None:
    scenario = tf.load_scenario(NAME)
    links = scenario.policy("trilateral").effective_links()
    commands, crossing = Commands(scenario, scenario.policy("trilateral")), Crossing([link.link_id for link in links])
    assert crossing.news() is None
    for link in (0, 0, 1, -1):
        crossing.sent(link)
    crossing.arrived(0, "track", is_lost=False)
    crossing.arrived(1, "items", is_lost=True)
    crossing.arrived(-1, "plot", is_lost=False)
    commands.give("cut", links[1].link_id)
    commands.give("stop", HUB)
    table = links_now(links, crossing.news(), commands).set_index("link")
    assert crossing.news() is None
    first, second = (table.loc[links[k].link_id] for k in (0, 1))
    assert (first["tracks"], first["on_the_way"], first["is_cut"]) == (1, 1, False)
    assert (second["items"], second["on_the_way"], second["is_cut"]) == (0, 0, True)
    hub = [HUB in (link.source, link.target) for link in links]
    assert [bool(name) for name in table["stopped"]] == hub
    shown = LiveLinks()
    shown.show(table.reset_index())
    assert shown.box.value.count(f">{HUB} stopped<") == sum(hub) - hub[1] and ">cut<" in shown.box.value
    assert shown.box.value.count("<tr") == 1 + len(links)
