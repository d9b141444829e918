"""Where the numbers of a figure come from, when no run stands behind it."""

from trackfuse.catalog.catalog import data_hash
from trackfuse.core.version import __version__
from trackfuse.simulation.provenance import made_with


def cite(*said: str) -> str:
    """Caption of a figure: what is said of it, then version and data.

    Parameters
    ----------
    *said : str
        Whole sentences.

    Returns
    -------
    str
    """
    return " ".join([*said, f"{made_with(__version__, data_hash())}."])
