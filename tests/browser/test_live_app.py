"""A live run in the app: it is started, acted on and ended by buttons, and leaves no process behind."""

import os
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import trackfuse as tf
from tests.browser.test_lab import PATIENCE_MS, keep, shown

LAUNCH, HUB = "kn25_2023_02_20", "hub-usfj-jpn"
SENSOR = "US-TPY2-SEO"
WORKER = b"trackfuse.realtime.worker"
START_MS = 300_000
"""How long a run may take until its processes are ready: the first may have to compile."""
GONE_S = 60.0
"""How long processes may take to end by themselves: one that still loads notices the end of its kernel after that."""


def parent(pid: int) -> int:
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def workers() -> dict[int, int]:
    """Processes of live runs of this test's own servers, and the process that started each."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if WORKER not in (place / "cmdline").read_bytes():
                continue
        except OSError:
            continue
        pid = starter = parent(int(place.name))
        while pid not in (0, os.getpid()):
            pid = parent(pid)
        if pid:
            found[int(place.name)] = starter
    return found


def wait_for_none(pids: set[int]) -> None:
    until = time.monotonic() + GONE_S
    while time.monotonic() < until and any((Path("/proc") / str(pid)).exists() for pid in pids):
        time.sleep(0.1)
    assert not [pid for pid in pids if (Path("/proc") / str(pid)).exists()]


def started(page: Page, app: str, speed: str = "20 ×") -> Locator:
    """The live view of the app, with a run under way."""
    page.goto(app, timeout=PATIENCE_MS)
    shown(page)
    live = page.locator(".trackfuse-live")
    assert live.locator("img.widget-image").count() == 0  # nothing is drawn before it is asked for
    row(live, "Launch").select_option(label=tf.load_scenario(LAUNCH).title)
    row(live, "Speed").select_option(label=speed)
    expect(button(live, "End")).to_be_disabled()
    assert button(live, "End").get_attribute("title") == "no run is under way"
    button(live, "Start").first.click()
    live.get_by_text("The processes start").wait_for(timeout=PATIENCE_MS)
    live.get_by_text("The run goes on, ").wait_for(timeout=START_MS)
    return live


def row(live: Locator, name: str) -> Locator:
    return live.locator(f".widget-dropdown:has(label:text-is('{name}')) select")


def button(live: Locator, words: str) -> Locator:
    return live.get_by_role("button", name=words, exact=True)


def commands(live: Locator, name: str) -> Locator:
    """The row of buttons for links, sensors or centres."""
    return live.locator(f".widget-hbox:has(> .widget-label:text-is('{name}'))")


def test_a_run_is_started_acted_on_and_ended(page: Page, app: str) -> None:
    live = started(page, app)
    expect(button(live, "Start").first).to_be_disabled()
    assert button(live, "Start").first.get_attribute("title") == "a run is under way"
    live.get_by_text("Japan 1 track").wait_for(timeout=PATIENCE_MS)
    for name, whom, what in (("Link", HUB, "Cut"), ("Sensor", SENSOR, "Stop")):
        of = commands(live, name)
        of.locator("select").select_option(whom)
        button(of, what).click()
        live.get_by_text(f"{what.lower()} {whom}", exact=True).wait_for()
        expect(button(of, what)).to_be_disabled()
    expect(button(commands(live, "Link"), "Restore")).to_be_enabled()
    expect(button(commands(live, "Sensor"), "Start")).to_be_enabled()
    live.get_by_text(f"{SENSOR} is stopped already").wait_for()
    live.locator("tr.off", has_text=HUB).wait_for()
    live.scroll_into_view_if_needed()
    keep(page, "app_live")
    pids = set(workers())
    assert len(pids) == 12  # five centres, the sensors of each, the links, and what all are forked from
    button(live, "End").click()
    live.get_by_text("The run is over. First track").wait_for(timeout=PATIENCE_MS)
    expect(button(live, "Start").first).to_be_enabled()
    expect(button(live, "End")).to_be_disabled()
    expect(button(commands(live, "Link"), "Cut")).to_be_disabled()
    keep(page, "app_live_over")
    wait_for_none(pids)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_no_process_outlives_its_kernel(page: Page, app: str, how: signal.Signals) -> None:
    started(page, app, "1 ×")  # it would go on for minutes
    pids = workers()
    (kernel,) = set(pids.values()) - set(pids)  # has started what the others are forked from
    page.goto("about:blank")
    os.kill(kernel, how)
    wait_for_none({*pids, kernel})
