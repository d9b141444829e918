"""What all tests share."""

from importlib.util import find_spec

import pytest

# The tests that drive a browser need packages of their own: `make test-browser` installs them.
collect_ignore = [] if find_spec("playwright") else ["browser"]


@pytest.fixture(scope="session", autouse=True)
def _no_window() -> None:
    """Figures are drawn in memory, whatever the machine's display."""
    import matplotlib as mpl

    mpl.use("Agg")
