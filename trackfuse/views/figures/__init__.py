"""Maps, timelines, accuracy, gains, sweeps: functions of results that return a figure."""

import lazy_loader

# The face exports the module `plots`; figures load it when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules={"plots"})
