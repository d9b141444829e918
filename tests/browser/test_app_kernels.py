"""The kernels of `make app`: how many there are, which end and which wait; and that the server's settings say so."""

import asyncio
import json
import re
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server._tz import utcnow
from tornado.web import HTTPError
from traitlets.config.loader import JSONFileConfigLoader
from voila.configuration import VoilaConfiguration
from voila.voila_kernel_manager import voila_kernel_manager_factory

APP = Path(__file__).parents[2] / "app"
sys.path.insert(0, str(APP))
from explorer_kernels import ExplorerKernels  # noqa: E402


def configured() -> ExplorerKernels:
    """Kernels with the options of the app, none of them started."""
    return ExplorerKernels(config=JSONFileConfigLoader("voila.json", str(APP)).load_config())


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: in this one the event loop of a browser may be running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def stand_in(idle_s: float, state: str = "idle") -> SimpleNamespace:
    """A kernel that has done nothing for some seconds."""
    since, spec = utcnow() - timedelta(seconds=idle_s), SimpleNamespace(metadata={})
    return SimpleNamespace(last_activity=since, execution_state=state, kernel_name="python3", kernel_spec=spec)


def ended(kernels: ExplorerKernels, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which kernels a look at all of them ends."""
    gone: list[str] = []

    async def shut(kernel_id: str, **_: object) -> None:
        gone.append(kernel_id)

    monkeypatch.setattr(kernels, "shutdown_kernel", shut)
    run(kernels.cull_kernels())
    return gone


def test_every_option_is_known_and_the_command_reads_them() -> None:
    options = json.loads((APP / "voila.json").read_text(encoding="utf-8"))
    assert set(options["VoilaConfiguration"]) <= set(VoilaConfiguration.class_trait_names(config=True))
    assert set(options["ExplorerKernels"]) <= set(ExplorerKernels.class_trait_names(config=True))
    assert options["VoilaConfiguration"]["preheat_kernel"] and options["VoilaConfiguration"]["default_pool_size"] == 1
    module, name = options["VoilaConfiguration"]["multi_kernel_manager_class"].split(".")
    assert (module, name) == (ExplorerKernels.__module__, ExplorerKernels.__name__)
    command = re.search(r"^app:.*?(?=^\w)", (APP.parent / "Makefile").read_text(encoding="utf-8"), re.S | re.M)
    assert command is not None and "--Voila.config_file_paths" in command.group()


def test_idle_kernels_end_sooner_without_an_open_page(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = configured()
    kernels._kernels = {
        "closed": stand_in(130), "just closed": stand_in(60), "open": stand_in(1000), "forgotten": stand_in(4000),
        "busy": stand_in(4000, "busy"),
    }  # fmt: skip
    kernels._kernel_connections = {"open": 1, "forgotten": 1, "busy": 1}
    assert ended(kernels, monkeypatch) == ["closed", "forgotten"]


def test_a_kernel_at_work_ends_when_its_page_was_closed_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a live run, whose every picture is a sign of work."""
    now, kernels = utcnow(), configured()
    monkeypatch.setattr("explorer_kernels.utcnow", lambda: now)
    kernels._kernels = {"live": stand_in(0), "watched": stand_in(0)}
    kernels._kernel_connections = {"live": 1, "watched": 1}
    assert ended(kernels, monkeypatch) == []
    kernels._kernel_connections["live"] = 0
    assert ended(kernels, monkeypatch) == []
    now += timedelta(seconds=100)
    kernels._kernel_connections["live"] = 1  # the network was gone for a while
    assert ended(kernels, monkeypatch) == []
    kernels._kernel_connections["live"] = 0
    assert ended(kernels, monkeypatch) == []
    now += timedelta(seconds=119)
    kernels._kernels = {"live": stand_in(0), "watched": stand_in(0)}
    assert ended(kernels, monkeypatch) == []
    now += timedelta(seconds=2)
    assert ended(kernels, monkeypatch) == ["live"]


def test_the_kernel_that_waits_stays_and_a_new_one_is_made_when_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def started() -> dict[str, str]:
        return {"kernel_id": "waiting"}

    async def failed() -> None:
        raise HTTPError(503)

    async def tasks() -> tuple[asyncio.Future[Any], asyncio.Future[Any]]:
        both = asyncio.ensure_future(started()), asyncio.ensure_future(failed())
        await asyncio.wait(both)
        return both

    kernels, filled = configured(), []
    kernels._kernels = {"waiting": stand_in(5000)}
    done, broken = run(tasks())
    kernels._pools = {"app.ipynb": [done]}
    kernels.fill_if_needed = lambda **asked: filled.append(asked["notebook_name"])
    assert ended(kernels, monkeypatch) == [] and filled == []
    kernels._pools, kernels._kernels = {"app.ipynb": [broken]}, {}
    assert ended(kernels, monkeypatch) == [] and filled == ["app.ipynb"]


@pytest.mark.parametrize(("there", "waits", "refused"), [(8, False, True), (8, True, False), (9, True, True)])
def test_a_full_server_says_so(there: int, waits: bool, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(self: object, **_: object) -> str:
        return "started"

    monkeypatch.setattr(ExplorerKernels.__base__, "start_kernel", start)
    kernels = configured()
    kernels._kernels = {str(k): stand_in(0) for k in range(there)}
    asked = kernels.start_kernel(env={"VOILA_PREHEAT": str(waits)})
    if not refused:
        assert run(asked) == "started"
        return
    with pytest.raises(HTTPError, match="All 8 places are taken"):
        run(asked)


def test_voila_takes_the_kernels_with_one_that_waits() -> None:
    made = voila_kernel_manager_factory(ExplorerKernels, True, 1)
    assert issubclass(made, ExplorerKernels) and hasattr(made, "fill_if_needed")
