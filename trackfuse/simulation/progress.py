"""Progress bars: in a terminal or a notebook, and quiet elsewhere."""

import sys
from multiprocessing import parent_process
from typing import Any

from tqdm.auto import tqdm


def progress(total: int, what: str, unit: str = "it") -> Any:
    """A bar that appears after two seconds.

    Parameters
    ----------
    total : int
        Steps to do.
    what : str
        What is being done, in a few words.
    unit : str
        What a step is.

    Returns
    -------
    tqdm.tqdm
        A context manager with `update`; silent when standard error is neither a terminal nor a notebook, and in a
        process that works for another.
    """
    seen = (sys.stderr.isatty() or "ipykernel" in sys.modules) and parent_process() is None
    return tqdm(total=total, desc=what, unit=f" {unit}", delay=2.0, disable=not seen, leave=False)
