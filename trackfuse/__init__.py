"""What does sharing missile-warning data bring, in seconds and kilometres, and for whom?

    import trackfuse as tf

    base = tf.load_scenario("hwasong12_2022_10_04")
    one = tf.simulate(base, policy="trilateral", seed=7)
    one.notices
    tf.plots.timeline(one)

Every public name is listed in __init__.pyi, and loaded when it is first used: importing the package costs next to
nothing.
"""

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name in __all__:
        return _load(name)
    from trackfuse.core.errors import unknown

    # No object is given: Python would look for the nearest name in it, and say it twice.
    raise AttributeError(f"module 'trackfuse' has {unknown('attribute', name, __all__)}", name=name, obj=None)
