"""The kernels behind `make app`: one waits for the next visitor, unneeded ones end, and their number has a limit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Float, Integer

FULL = "All {most} places are taken. One is free again two minutes after a visitor has closed the page: try again then."


class ExplorerKernels(AsyncMappingKernelManager):
    """Kernels of the explorer, of which each takes some 400 MB.

    A kernel without an open page ends after `cull_idle_timeout` seconds without work, or without the page whatever it
    does: nobody comes back to a live run, for a page that is opened anew gets a kernel of its own. One with an open
    page ends after `cull_open_after_s` without work. The kernel that waits for the next visitor stays, and there is a
    new one when it was taken.
    """

    most_visitors = Integer(8, config=True, help="Kernels of visitors at a time, besides the one that waits.")
    cull_open_after_s = Float(3600.0, config=True, help="Seconds without work after which an open page's kernel ends.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seen_closed: dict[str, datetime] = {}

    async def start_kernel(self, **kwargs: Any) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Start a kernel; refused with words for the visitor when there are as many as may be."""
        waits = kwargs.get("env", {}).get("VOILA_PREHEAT") == "True"
        if len(self) >= self.most_visitors + waits:
            raise HTTPError(503, FULL.format(most=self.most_visitors))
        return await super().start_kernel(**kwargs)

    async def cull_kernels(self) -> None:
        """End the kernels that nobody needs, and have one wait if there is none."""
        await super().cull_kernels()
        pools: dict[str, list[Any]] = getattr(self, "_pools", {})
        for notebook, pool in pools.items():
            pool[:] = [started for started in pool if not (started.done() and started.exception())]
            if not pool and len(self) <= self.most_visitors:
                self.fill_if_needed(delay=0, notebook_name=notebook)  # type: ignore[attr-defined]

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that nobody needs."""
        if kernel_id in self.waiting():
            return
        kernel = self._kernels[kernel_id]
        idle_s = (utcnow() - getattr(kernel, "last_activity", utcnow())).total_seconds()
        is_open = bool(self._kernel_connections.get(kernel_id, 0))
        is_forgotten = is_open and idle_s > self.cull_open_after_s and getattr(kernel, "execution_state", "") != "busy"
        if is_forgotten or self._closed_s(kernel_id, is_open) > self.cull_idle_timeout:
            await self.shutdown_kernel(kernel_id)
            return
        await super().cull_kernel_if_idle(kernel_id)

    def _closed_s(self, kernel_id: str, is_open: bool) -> float:
        """For how long its page has been seen closed at every look, s."""
        closed = {each: since for each, since in self._seen_closed.items() if each in self._kernels}
        self._seen_closed = closed
        if is_open:
            closed.pop(kernel_id, None)
            return 0.0
        return (utcnow() - closed.setdefault(kernel_id, utcnow())).total_seconds()

    def waiting(self) -> set[str]:
        """The kernels that wait for a visitor."""
        pools: dict[str, list[Any]] = getattr(self, "_pools", {})
        started = [each for pool in pools.values() for each in pool if each.done() and not each.exception()]
        return {each.result()["kernel_id"] for each in started}
