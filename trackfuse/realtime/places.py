"""How many live runs a user may have on one machine at a time, where that is limited: each starts a dozen processes."""

import os
import tempfile
from pathlib import Path
from typing import IO

from trackfuse.core.errors import SettingsError

MOST = "TRACKFUSE_LIVE_RUNS"
"""Environment variable that says how many; without it there is no limit. `make app` sets it."""


def taken_place() -> IO[bytes] | None:
    """Take one of the places for live runs.

    Returns
    -------
    file or None
        Closing it gives the place back, and so does the end of this process, whatever ends it. None without a limit.

    Raises
    ------
    SettingsError
        If all places are taken, or the environment variable is no whole number of 1 or more.
    """
    said = os.environ.get(MOST, "").strip()
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and int(said) > 0):
        raise SettingsError(f"live: the environment variable {MOST} is {said[:20]!r}, not a whole number of 1 or more")
    import fcntl  # live runs need Linux or macOS; a system without it has come no further than the limit

    folder = Path(tempfile.gettempdir()) / f"trackfuse-live-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for number in range(int(said)):
        file = open(folder / f"{number}.lock", "ab")  # noqa: SIM115  (open as long as the place is taken)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        return file
    raise SettingsError(f"live: all {said} places for live runs on this machine are taken; try again when one is over")
