"""JupyterLab on loopback with copies of the notebooks, and the system's Chromium, which may talk to nothing else."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

ROOT = Path(__file__).parents[2]
TOKEN = "testing"
START_S = 60.0
DEBUGGER_IN_A_RESTART = "Could not restore the debugger state: Canceled future for debug_request"
"""JupyterLab logs this as an error where a kernel restarts while its debugger, which nobody uses here, waits for it."""
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight stay in the page
}


def chromium() -> str:
    """Path of the browser; its absence is a failure, not a reason to skip."""
    found = os.environ.get("TRACKFUSE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium on the PATH; on Debian: apt-get install chromium fonts-noto-cjk"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Gives the address of a notebook; nothing of the user's own Jupyter comes in, and nothing goes out to it."""
    own, books = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    shutil.copytree(ROOT / "notebooks", books, dirs_exist_ok=True)
    for plugin, values in SETTINGS.items():
        path = own / "settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    port = free_port()
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={books}"),
        *(f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True"),
        *("--LabApp.extension_manager=readonly", *(["--allow-root"] if os.geteuid() == 0 else [])),
    ]
    address = f"http://127.0.0.1:{port}"
    with server(command, own, f"{address}/api/status?token={TOKEN}", {}):
        yield lambda name: f"{address}/lab/tree/{name}?token={TOKEN}&reset"


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the explorer without code, served as `make app` does."""
    own, port = tmp_path_factory.mktemp("app"), free_port()
    command = [
        *(sys.executable, "-m", "voila", str(ROOT / "app" / "explorer.ipynb"), f"--port={port}"),
        *(f"--Voila.config_file_paths={ROOT / 'app'}", f"--Voila.root_dir={ROOT}"),
    ]
    address = f"http://127.0.0.1:{port}"
    paths = {"JUPYTER_PATH": str(ROOT / "app"), "PYTHONPATH": f"{ROOT}:{ROOT / 'app'}"}
    with server(command, own, f"{address}/voila/static/", paths):
        yield address


@contextmanager
def server(command: list[str], own: Path, probe: str, more: dict[str, str]) -> Iterator[None]:
    """A Jupyter server with nothing of the user's, until the end of the block."""
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONPATH": str(ROOT),
        **more,
    }
    log = own / "log"
    with log.open("w", encoding="utf-8") as out:
        started = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_for(probe, started, log)
        yield
    finally:
        os.killpg(started.pid, signal.SIGTERM)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    begin = time.monotonic()
    while time.monotonic() - begin < START_S and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except urllib.error.HTTPError:  # it answers
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield started
        started.close()


def is_wrong(message: ConsoleMessage) -> bool:
    """Whether a message of the console is an error, and not JupyterLab's own about its debugger in a restart."""
    return message.type == "error" and not message.text.startswith(DEBUGGER_IN_A_RESTART)


@pytest.fixture(params=[(1280, 900), (1920, 1080)], ids=["1280", "1920"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of one of two sizes; at its end nothing may have gone wrong in it or gone outside."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    outside: list[str] = []
    wrong: list[str] = []

    def gate(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    opened.route(lambda url: url.startswith("http") and not url.startswith("http://127.0.0.1:"), gate)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if is_wrong(message) else None)
    yield opened
    context.close()
    assert not outside
    assert not wrong
