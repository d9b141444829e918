"""The notebooks as a person meets them: in JupyterLab, in a real browser, by keyboard."""

import hashlib
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page

from trackfuse.views.figures.gainstable import one_run
from trackfuse.views.widgets.panels import SIZE_IN

PATIENCE_MS = 120_000
"""The first run may have to compile."""
IDLE = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
DONE = """() => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent.trim());
    return prompts.length > 0 && prompts.every(text => /^\\[\\d+\\]:$/.test(text));
}"""
# A browser may write a color as rgb(...), as color(srgb ...) or otherwise; painted, it has one form.
CONTRASTS = """() => {
    const dot = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const parse = color => {
        dot.clearRect(0, 0, 1, 1);
        dot.fillStyle = color;
        dot.fillRect(0, 0, 1, 1);
        return [...dot.getImageData(0, 0, 1, 1).data];
    };
    const channel = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const behind = node => {
        for (; node; node = node.parentElement) {
            const color = parse(getComputedStyle(node).backgroundColor);
            if (color[3] > 0) return color;
        }
        return [255, 255, 255];
    };
    const words = [...document.querySelectorAll('table.trackfuse td, table.trackfuse th, .widget-label, [role=status], '
        + '.widget-toggle-button, .widget-checkbox span, .jp-OutputArea-output button')];
    return words.filter(w => w.innerText.trim() && w.offsetParent).map(w => {
        const [a, b] = [light(parse(getComputedStyle(w).color)), light(behind(w))].sort((x, y) => y - x);
        return [w.innerText.trim(), (a + 0.05) / (b + 0.05)];
    });
}"""
WATCH = """() => {
    const image = document.querySelector('img.widget-image');
    window.answers = [];
    document.addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
    image.addEventListener('load', () => requestAnimationFrame(() => {
        if (window.pressed) { window.answers.push(performance.now() - window.pressed); window.pressed = 0; }
    }));
}"""


def run_all(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=PATIENCE_MS)
    page.wait_for_function(IDLE, timeout=PATIENCE_MS)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(DONE, timeout=PATIENCE_MS)
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count() == 0


def shown(page: Page) -> Locator:
    """The explorer's picture, once it is there."""
    page.wait_for_function(
        "document.querySelector('img.widget-image')?.getBoundingClientRect().height > 200", timeout=PATIENCE_MS
    )
    return page.locator("img.widget-image").first


def fingerprint(picture: Locator) -> str:
    return hashlib.sha256(picture.screenshot()).hexdigest()


def handle(page: Page, name: str) -> Locator:
    """The handle of the slider of that name."""
    return page.locator(f".widget-inline-hbox:has(label:text-is('{name}')) .noUi-handle").first


def wait_for_another(page: Page, picture: Locator, before: str) -> None:
    until = time.monotonic() + PATIENCE_MS / 1e3
    while time.monotonic() < until:
        if fingerprint(picture) != before:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the picture did not change")


def keep(page: Page, name: str) -> None:
    """A screenshot for looking at, where one is asked for."""
    folder = os.environ.get("TRACKFUSE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}_{page.viewport_size['width']}.png"))


def test_explorer_answers_to_the_keyboard(page: Page, lab: Callable[[str], str]) -> None:
    run_all(page, lab("01_one_launch.ipynb"))
    picture = shown(page)
    picture.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    keep(page, "explorer")
    for name in ("Loss", "Delay", "Map at, s"):
        before = fingerprint(picture)
        handle(page, name).focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        wait_for_another(page, picture, before)
        page.wait_for_function("document.querySelector('[role=status]').innerText.includes('Answered in')")
    page.wait_for_timeout(500)
    keep(page, "explorer_moved")


def test_every_move_of_the_explorer_is_answered(page: Page, lab: Callable[[str], str]) -> None:
    """One move after the other; the time from the key to the changed picture is printed, since machines differ."""
    run_all(page, lab("01_one_launch.ipynb"))
    shown(page)
    page.evaluate(WATCH)
    open_group(page, "launch")
    handle(page, "Seed").focus()
    for count in range(1, 31):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"window.answers.length >= {count}", timeout=PATIENCE_MS)
    answers = page.evaluate("window.answers")
    least, most = min(answers), max(answers)
    print(f"key to picture: median {statistics.median(answers):.0f} ms, {least:.0f} to {most:.0f} ms")


def open_group(page: Page, name: str) -> None:
    """Show a group of settings."""
    groups = page.locator(".widget-toggle-buttons:has(label:text-is('Settings'))")
    press(page, groups.get_by_role("button", name=name, exact=True), "Space")


def press(page: Page, element: Locator, *keys: str) -> None:
    element.focus()
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(150)


def test_every_choice_by_keyboard(page: Page, lab: Callable[[str], str]) -> None:
    run_all(page, lab("01_one_launch.ipynb"))
    picture = shown(page)
    answer = page.locator(".trackfuse-answer").first
    before, words = fingerprint(picture), answer.inner_text()
    press(page, page.locator(".widget-dropdown:has(label:text-is('Launch')) select"), "Space", "ArrowDown", "Enter")
    wait_for_another(page, picture, before)
    page.wait_for_function("words => document.querySelector('.trackfuse-answer').innerText !== words", arg=words)
    for row, button in (("Policy", "Ideal"), ("Compare with", "National only"), ("Content", "tracks")):
        before = fingerprint(picture)
        buttons = page.locator(f".widget-toggle-buttons:has(label:text-is('{row}'))")
        press(page, buttons.get_by_role("button", name=button, exact=True), "Space")
        wait_for_another(page, picture, before)
    open_group(page, "sensors")
    before = fingerprint(picture)
    press(page, page.locator("input[type=checkbox]").first, "Space")
    wait_for_another(page, picture, before)
    open_group(page, "tracker and warning")
    for name, button in (("Fusion", "naive"), ("Maps", "two")):
        before = fingerprint(picture)
        buttons = page.locator(f".widget-toggle-buttons:has(label:text-is('{name}'))")
        press(page, buttons.get_by_role("button", name=button, exact=True), "Space")
        wait_for_another(page, picture, before)
    page.wait_for_timeout(500)
    keep(page, "explorer_two_maps")
    press(page, page.get_by_role("button", name="Gains over many runs"), "Enter")
    page.wait_for_function("document.querySelector('table.trackfuse').innerText.includes('95 % interval')")
    page.wait_for_timeout(500)
    keep(page, "explorer_other_launch")
    press(page, page.get_by_role("button", name="Copy as code"), "Enter")
    page.wait_for_function("[...document.querySelectorAll('textarea')].some(t => t.value.includes('tf.simulate('))")
    before = fingerprint(picture)
    press(page, page.get_by_role("button", name="Reset"), "Enter")
    wait_for_another(page, picture, before)
    page.wait_for_function("document.querySelector('[role=status]').innerText.includes('Answered in')")


FETCH = """async path => {
    const answer = await fetch('/files/' + path);
    return [...new Uint8Array(await answer.arrayBuffer())];
}"""
AS_WORDS = """html => {
    const apart = document.createElement('div');
    apart.innerHTML = html;
    document.body.append(apart);
    const words = apart.innerText;
    apart.remove();
    return words;
}"""


def test_what_a_person_takes_away_is_what_is_seen(page: Page, lab: Callable[[str], str]) -> None:
    """Figure and table lie in saved/ and say where they come from; the code of the view gives the same gains."""
    run_all(page, lab("01_one_launch.ipynb"))
    picture = shown(page)
    before = fingerprint(picture)
    press(page, handle(page, "Delay"), "End")
    open_group(page, "launch")
    press(page, handle(page, "Seed"), "ArrowRight", "ArrowRight", "ArrowRight")
    press(page, page.get_by_role("button", name="Table of gains"), "Space")
    wait_for_another(page, picture, before)
    page.wait_for_function("document.querySelector('[role=status]').innerText.includes('Answered in')")
    # The picture of an earlier press may come first; the last one's follows.
    page.wait_for_function("document.querySelector('.trackfuse-caption').innerText.includes('seed 3')")
    caption = page.locator(".trackfuse-caption").first.inner_text()
    assert "seed 3" in caption and "trackfuse" in caption and "data" in caption
    stem = "saved/hwasong12_2022_10_04_trilateral_over_bilateral_seed_3"
    for button, end in (("Save figure", "pdf"), ("Save table", "csv")):
        press(page, page.get_by_role("button", name=button), "Enter")
        page.wait_for_function("name => document.querySelector('[role=status]').innerText.includes(name)",
                               arg=f"{stem}.{end}")  # fmt: skip
    files = {end: bytes(page.evaluate(FETCH, f"{stem}.{end}")) for end in ("png", "svg", "pdf", "csv")}
    assert files["png"].startswith(b"\x89PNG") and files["pdf"].startswith(b"%PDF")
    assert caption.encode() in files["csv"] and b"seed 3, run 0" in files["svg"]
    press(page, page.get_by_role("button", name="Copy as code"), "Enter")
    page.wait_for_function("[...document.querySelectorAll('textarea')].some(t => t.value.includes('tf.simulate('))")
    code = page.evaluate("[...document.querySelectorAll('textarea')].find(t => t.value.includes('tf.simulate(')).value")
    left: dict = {}
    exec(code, left)
    again = page.evaluate(AS_WORDS, one_run(left["run"], left["base"]))
    assert again.split() == page.locator(".trackfuse-gains").inner_text().split() != []
    assert left["policy"].latency_s == 600


SLIDERS = {
    "sharing": ("Loss", "Coverage"),
    "tracker and warning": ("Time to decide", "Warn at"),
    "launch": ("Seed", "From, °N", "From, °E", "To, °N", "To, °E", "Apogee, km"),
}


def test_every_other_slider_and_switch_by_keyboard(page: Page, lab: Callable[[str], str]) -> None:
    """Each moves the picture, but for one; those of Delay and of the map's clock are moved in other tests."""
    run_all(page, lab("01_one_launch.ipynb"))
    picture = shown(page)
    open_group(page, "sensors")
    for switch in page.locator(".jp-OutputArea-output input[type=checkbox]").all():
        for _ in range(2):  # off, and on again
            before = fingerprint(picture)
            press(page, switch, "Space")
            wait_for_another(page, picture, before)
    for name, sliders in SLIDERS.items():
        open_group(page, name)
        for slider in sliders:
            before = fingerprint(picture)
            press(page, handle(page, slider), "ArrowRight" if name == "launch" else "End")
            if slider != "Warn at":  # what is predicted of this launch is sure by the time that it is decided on
                wait_for_another(page, picture, before)
            page.wait_for_function("document.querySelector('[role=status]').innerText.includes('Answered in')")


def test_controls_explain_themselves(page: Page, lab: Callable[[str], str]) -> None:
    run_all(page, lab("01_one_launch.ipynb"))
    shown(page)
    names = page.evaluate(
        """() => [...document.querySelectorAll('.widget-toggle-buttons, .widget-slider, .widget-checkbox, button')]
            .filter(w => w.closest('.jp-OutputArea-output'))
            .filter(w => !(w.title || w.querySelector('[title]')?.title)).map(w => w.innerText)"""
    )
    assert names == []
    assert "Space opens the list" in page.locator("[role=note]").first.get_attribute("title")


SPOKEN = {"button", "checkbox", "combobox", "slider", "image", "table", "group"}
OTHER_NAMES = {"img": "image"}
"""Kinds that some versions of Chromium call otherwise."""


class Heard(NamedTuple):
    """What a screen reader has to say of one thing."""

    kind: str
    name: str
    valuetext: str
    pressed: str


@pytest.mark.parametrize("name", ["01_one_launch.ipynb", "10_playback.ipynb"])
def test_a_screen_reader_hears_every_control(page: Page, lab: Callable[[str], str], name: str) -> None:
    """Chromium's tree of accessible things: each control, picture and table of the widgets has a name."""
    run_all(page, lab(name))
    shown(page)
    page.wait_for_function("document.querySelector('img.widget-image').alt !== ''")
    if name.startswith("01"):
        open_group(page, "sensors")
        press(page, page.get_by_role("button", name="Table of gains"), "Space")
    page.wait_for_timeout(500)
    heard = spoken(page)
    if name.startswith("01"):
        open_group(page, "sharing")
        page.wait_for_timeout(500)
        shared = spoken(page)
        pressed = [each.name for each in shared if each.kind == "button" and each.pressed == "true"]
        policies = ["Trilateral (Dec 2023)", "Bilateral (Nov 2023)"]
        assert sorted(pressed) == sorted([*policies, "sharing", "as in policy", "Table of gains", "one"])
        heard += shared
    assert {each.kind for each in heard} >= {"button", "slider", "image", "table", "group"}
    assert [each for each in heard if not each.name] == []
    assert [each for each in heard if each.kind == "slider" and not each.valuetext] == []
    if name.startswith("01"):
        assert {each.kind for each in heard} == SPOKEN
        said = {each.name: each.valuetext for each in heard if each.kind == "slider"}
        assert said["Delay"] == "as in policy" and said["Runs"] == "30 runs"


def spoken(page: Page) -> list[Heard]:
    """Everything in the notebook's outputs that has to have a name."""
    reader = page.context.new_cdp_session(page)
    inside: dict[int, dict[str, str]] = {}

    def gather(node: dict, within: bool) -> None:
        named = node.get("attributes", [])
        attributes = dict(zip(named[::2], named[1::2], strict=True))
        within = within or "jp-OutputArea-output" in attributes.get("class", "")
        if within:
            inside[node["backendNodeId"]] = attributes
        for child in node.get("children", []):
            gather(child, within)

    gather(reader.send("DOM.getDocument", {"depth": -1})["root"], False)
    heard = []
    for node in reader.send("Accessibility.getFullAXTree")["nodes"]:
        kind = node.get("role", {}).get("value", "")
        kind = OTHER_NAMES.get(kind, kind)
        attributes = inside.get(node.get("backendDOMNodeId"))
        if not node["ignored"] and kind in SPOKEN and attributes is not None:
            name = node.get("name", {}).get("value", "")
            heard.append(Heard(kind, name, told(node, attributes, "valuetext"), told(node, attributes, "pressed")))
    return heard


def told(node: dict, attributes: dict[str, str], name: str) -> str:
    """What the page says in aria-`name`.

    Some versions of Chromium repeat it in their tree, as a property of that name, and others leave that empty though
    screen readers get it. Where it is repeated, it must be the same.
    """
    said = attributes.get(f"aria-{name}", "")
    repeated = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}.get(name)
    assert not said or repeated in (None, "", said), f"{said!r} in the page, {repeated!r} in the tree: {node}"
    return said


def test_kernel_restart_recovers(page: Page, lab: Callable[[str], str]) -> None:
    run_all(page, lab("01_one_launch.ipynb"))
    shown(page)
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_for_timeout(500)
    page.wait_for_function(IDLE, timeout=PATIENCE_MS)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_timeout(500)
    page.wait_for_function(DONE, timeout=PATIENCE_MS)
    picture = shown(page)
    before = fingerprint(picture)
    handle(page, "Delay").focus()
    page.keyboard.press("ArrowRight")
    wait_for_another(page, picture, before)


@pytest.mark.parametrize("name", ["02_policies.ipynb"])
def test_figures_are_shown(page: Page, lab: Callable[[str], str], name: str) -> None:
    run_all(page, lab(name))
    figures = page.locator(".jp-RenderedImage img")
    assert figures.count() >= 5
    for k in range(figures.count()):
        figures.nth(k).scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        size = figures.nth(k).bounding_box()
        assert size is not None and size["width"] <= page.viewport_size["width"] and size["height"] > 150
        keep(page, f"policies_{k}")


def test_playback_runs_and_the_globe_turns(page: Page, lab: Callable[[str], str]) -> None:
    """The clock moves by keyboard and by itself; the globe is drawn, follows it, and turns by keyboard."""
    run_all(page, lab("10_playback.ipynb"))
    picture, words = shown(page), page.locator("table.trackfuse").first
    picture.scroll_into_view_if_needed()
    before, said = fingerprint(picture), words.inner_text()
    handle(page, "Clock, s").focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    wait_for_another(page, picture, before)
    assert words.inner_text() != said
    page.wait_for_timeout(500)
    keep(page, "playback")
    before = fingerprint(picture)
    page.locator(".jupyter-widgets button:has(.fa-play)").first.click()
    wait_for_another(page, picture, before)
    page.locator(".jupyter-widgets button:has(.fa-pause), .jupyter-widgets button:has(.fa-play)").first.click()
    globe = page.locator("canvas[role=img]").first
    globe.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert "s after launch" in (globe.get_attribute("aria-label") or "")
    keep(page, "globe")
    before = fingerprint(globe)
    globe.focus()
    page.keyboard.press("ArrowRight")
    wait_for_another(page, globe, before)


LETTERS = 5.0
"""Points of the smallest letters of the picture."""


def test_explorer_without_code(page: Page, app: str) -> None:
    """Voila: the explorer alone, answering to the keyboard; no code is shown, and nothing comes from outside."""
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": 800 if width == 1280 else 1080})
    page.goto(app)
    picture = shown(page)
    assert page.locator(".jp-InputArea-editor").count() == 0
    assert page.title() == "trackfuse: what is sharing missile-warning data worth?"
    assert page.locator("h1").inner_text() == "What is sharing missile-warning data worth?"
    with page.expect_popup() as opened:
        page.get_by_role("link", name="What decides the answer").click()
    assert "The answer, and what it depends on" in opened.value.content()
    opened.value.close()
    # Answer, settings and picture without scrolling, and no letter of the picture below 9 pixels.
    box, panel = picture.bounding_box(), page.locator(".trackfuse-panel").bounding_box()
    assert box is not None and panel is not None
    assert max(each["y"] + each["height"] for each in (box, panel)) <= page.viewport_size["height"]
    assert LETTERS / 72.0 * box["width"] / SIZE_IN[0] >= 9.0
    before, answer = fingerprint(picture), page.locator(".trackfuse-answer").inner_text()
    handle(page, "Delay").focus()
    page.keyboard.press("End")
    wait_for_another(page, picture, before)
    page.wait_for_function("words => document.querySelector('.trackfuse-answer').innerText !== words", arg=answer)
    page.wait_for_timeout(300)
    keep(page, "app")


def test_what_does_not_belong_together_cannot_be_pressed_and_is_pale(page: Page, app: str) -> None:
    page.goto(app)
    shown(page)
    open_group(page, "tracker and warning")
    drop = page.get_by_role("button", name="drop", exact=True)
    assert drop.is_enabled()
    press(page, page.get_by_role("button", name="EKF", exact=True), "Space")
    disabled = "[...document.querySelectorAll('button')].find(b => b.textContent.trim() === 'drop')?.disabled"
    page.wait_for_function(disabled, timeout=PATIENCE_MS)
    assert drop.get_attribute("title") == "Late detections “drop” is not possible together with Filter “EKF”."
    keep(page, "app_impossible")
    press(page, page.get_by_role("button", name="Reset", exact=True), "Space")
    page.get_by_role("button", name="every detection", exact=True).wait_for()  # the group of the opening is back
    open_group(page, "tracker and warning")
    page.wait_for_function(f"{disabled} === false", timeout=PATIENCE_MS)
    share = page.get_by_label("Share")
    share.fill("launch=hwasong12_2022_10_04&filter=ekf&late=drop")
    share.press("Enter")
    page.wait_for_function("document.querySelector('[role=status]').innerText.includes('is not possible together')")
    page.wait_for_timeout(500)
    assert float(page.evaluate("getComputedStyle(document.querySelector('img.widget-image')).opacity")) < 0.5


def test_dark_theme_is_readable(page: Page, lab: Callable[[str], str]) -> None:
    """Words of the explorer and of its tables on the dark page: contrast of 4.5 to 1 or more (WCAG 2.1, level AA)."""
    run_all(page, lab("01_one_launch.ipynb"))
    shown(page)
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(500)
    keep(page, "explorer_dark")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 35
    assert min(ratio for _, ratio in contrasts) >= 4.5, sorted(contrasts, key=lambda each: each[1])[:5]
