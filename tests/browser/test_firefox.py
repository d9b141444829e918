"""A saved page in Firefox: it is laid out as in Chromium, and its clock moves what is shown."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

import trackfuse as tf


def firefox() -> str:
    """Path of the browser; its absence is a failure, not a reason to skip."""
    found = os.environ.get("TRACKFUSE_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    assert found, "no Firefox on the PATH; on Debian: apt-get install firefox-esr fonts-noto-cjk"
    return found


def seen_by_firefox(address: str, home: Path, width: int, height: int) -> np.ndarray:
    """Grey levels of the page's first screen, shape (height, width)."""
    out = home / "seen.png"
    command = [firefox(), "--headless", "--screenshot", str(out), f"--window-size={width},{height}", address]
    environment = {**os.environ, "HOME": str(home), "MOZ_HEADLESS": "1"}
    subprocess.run(command, env=environment, timeout=120, check=True, capture_output=True)
    return grey(out.read_bytes())[:height]


def grey(png: bytes) -> np.ndarray:
    """Grey levels of a picture."""
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("L"), dtype=float)


def blurred(levels: np.ndarray) -> np.ndarray:
    """Means of squares of 20 by 20 pixels: what is where, and not how letters are drawn."""
    rows, columns = levels.shape[0] // 20, levels.shape[1] // 20
    return levels[: 20 * rows, : 20 * columns].reshape(rows, 20, columns, 20).mean(axis=(1, 3))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tf.simulate("hwasong12_2022_10_04", policy="trilateral", seed=7, posture="drawn")
    return tf.save_page(run, tmp_path_factory.mktemp("saved") / "page.html")


def test_firefox_lays_a_page_out_as_chromium_does_and_its_clock_moves(page: Page, saved: Path, tmp_path: Path) -> None:
    size, found = page.viewport_size, {}
    for seconds in (0, 600):
        home, address = tmp_path / str(seconds), f"{saved.as_uri()}#{seconds}"
        home.mkdir()
        page.goto("about:blank")  # or only the fragment changes, and not the page
        page.goto(address)
        found[seconds] = [blurred(seen_by_firefox(address, home, **size)), blurred(grey(page.screenshot()))]
        assert np.corrcoef(*(each.ravel() for each in found[seconds]))[0, 1] > 0.85
    moved = [np.abs(found[600][k] - found[0][k]) > 10.0 for k in range(2)]
    assert min(each.sum() for each in moved) > 10
    assert (moved[0] & moved[1]).sum() > 0.5 * moved[0].sum()
