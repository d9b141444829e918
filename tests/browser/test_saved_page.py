"""A saved page as a person meets it: opened from the disk, without a network, by keyboard, in both themes."""

import hashlib
import os
import re
import statistics
from pathlib import Path

import pytest
from playwright.sync_api import Page

import trackfuse as tf

SCRUB = """() => {
    const clock = document.getElementById('clock'), took = [];
    for (let at = 0; at <= Number(clock.max); at++) {
        const begin = performance.now();
        clock.value = at;
        clock.dispatchEvent(new Event('input'));
        document.body.getBoundingClientRect();
        document.getElementById('map').getBBox();
        took.push(performance.now() - begin);
    }
    return took;
}"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('text, td, th, p, li, label, figcaption, output, option')]
    .filter(w => w.textContent.trim() && w.getClientRects().length)
    .map(w => parseFloat(getComputedStyle(w).fontSize) * (w.getScreenCTM ? w.getScreenCTM().a : 1)))"""
UNNAMED = """() => [...document.querySelectorAll('button, input, select, svg[role=img]')].filter(
    w => !(w.ariaLabel || w.textContent.trim() || w.labels?.length)).map(w => w.outerHTML)"""


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    run = tf.simulate("hwasong12_2022_10_04", policy="trilateral", seed=7, posture="drawn")
    return tf.save_page(run, tmp_path_factory.mktemp("saved") / "page.html").as_uri()


def picture(page: Page) -> str:
    return hashlib.sha256(page.locator("#map").screenshot()).hexdigest()


def keep(page: Page, name: str) -> None:
    """A screenshot for looking at, where one is asked for."""
    folder = os.environ.get("TRACKFUSE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}_{page.viewport_size['width']}.png"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_opens_without_a_network_and_answers_to_the_keyboard(page: Page, saved: str, theme: str) -> None:
    page.context.set_offline(True)
    page.emulate_media(color_scheme=theme)
    page.goto(saved)
    assert page.locator("h1").inner_text() == "IRBM over Aomori into the Pacific, 2022-10-04"
    before, words = picture(page), page.locator("#known").inner_text()
    clock = page.get_by_label("Seconds after launch")
    clock.focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    assert clock.input_value() != "0" and clock.get_attribute("aria-valuetext") == (
        f"{clock.input_value()} seconds after launch"
    )
    assert picture(page) != before and page.locator("#known").inner_text() != words
    before = picture(page)
    page.get_by_label("Bilateral (Nov 2023)").focus()
    page.keyboard.press("Space")
    assert "Bilateral (Nov 2023)" in (page.locator("#map").get_attribute("aria-label") or "")
    page.locator("h1").click()
    page.keyboard.press("Space")
    assert page.locator("#play").inner_text() == "Pause"
    page.wait_for_timeout(400)
    page.keyboard.press("Space")
    assert page.locator("#play").inner_text() == "Play" and picture(page) != before
    page.locator("#timeline").click(position={"x": 300, "y": 60})
    keep(page, f"saved_{theme}")


def test_what_is_pointed_at_is_named_and_everything_can_be_read(page: Page, saved: str) -> None:
    page.goto(saved)
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(SMALLEST) >= 9.0
    titles = page.evaluate("() => [...document.querySelectorAll('svg title')].map(t => t.textContent).filter(Boolean)")
    assert any("first knowledge" in each and "s), from: " in each for each in titles)
    assert any(re.fullmatch(r"Aomori 青森: the missile is there 6:\d\d after launch", each) for each in titles)


def test_a_step_of_the_clock_is_short(page: Page, saved: str) -> None:
    """Every second of the flight once, with style and layout: the time is printed, since machines differ."""
    page.goto(saved)
    took = page.evaluate(SCRUB)
    assert len(took) > 1000
    share = sum(each <= 16.0 for each in took) / len(took)
    print(f"a step: median {statistics.median(took):.1f} ms, {share:.1%} within 16 ms, longest {max(took):.0f} ms")
