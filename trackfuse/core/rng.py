"""Randomness addressed by purpose, never by order or worker.

Every stream is a Philox counter generator keyed by a hash of its address, such as
(seed, run, launch, sensor, "detection"). Adding a sensor, changing a policy or splitting the work
over workers therefore disturbs no other stream.
"""

from hashlib import blake2b

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from trackfuse.core.errors import SettingsError, is_whole, shortened

MOST_SEED = 2**128


def check_seed(seed: object, name: str = "seed") -> None:
    """Raise SettingsError unless a seed, or another number by `name`, is whole and not negative: before any work."""
    if not is_whole(seed) or not 0 <= int(seed) < MOST_SEED:
        raise SettingsError(f"{name}: {shortened(seed)} is not a non-negative integer below 2^128")


def generator(seed: int, *purpose: object) -> np.random.Generator:
    """Random generator for one purpose.

    Parameters
    ----------
    seed : int
        The study's seed, 0 or greater.
    *purpose : object
        The address; the text of each part is hashed, so use strings and integers.

    Returns
    -------
    numpy.random.Generator
        The same bits for the same address, on any machine (Salmon et al. 2011, Philox-4x64-10).

    Raises
    ------
    SettingsError
        If the seed is not a non-negative integer.
    """
    check_seed(seed)
    address = "\x1f".join([str(int(seed)), *map(str, purpose)]).encode()
    key = _Key(np.frombuffer(blake2b(address, digest_size=16).digest(), dtype="<u8"))
    return np.random.Generator(np.random.Philox(key))  # pyright: ignore[reportArgumentType]


class _Key(ISeedSequence):
    """A key as it is. `Philox(key=...)` takes the same, but asks the system for randomness that it then never uses,
    which takes twice as long as all the rest."""

    def __init__(self, key: np.ndarray) -> None:
        self.key = key

    def generate_state(self, n_words: int, dtype: object = np.uint64) -> np.ndarray:
        return self.key
