"""Parts of a user's own: kept by role and name, so that settings and files may ask for them, and identified in results.

A file names a part; it never makes the package import one. What may be named is registered by the program that runs
(`register`) or by an installed package (entry points of the group "trackfuse.ROLE").
"""

import functools
import inspect
import sys
from collections.abc import Iterable
from hashlib import blake2b
from importlib.metadata import entry_points, packages_distributions, version
from typing import Any, TypeVar

import numpy as np

from trackfuse.core.errors import SettingsError, unknown

ROLES = ("fusion",)
"""What a part may be: a fusion rule."""
P = TypeVar("P")
_registered: dict[str, dict[str, Any]] = {role: {} for role in ROLES}


def register(role: str, name: str, part: P) -> P:
    """Make a part known by a name, so that settings and scenario files may ask for it.

    Parameters
    ----------
    role : str
        "fusion".
    name : str
        Letters, digits, "_" and "-"; another part of that name is replaced.
    part : object
        What the role asks for; see docs/extending.md.

    Returns
    -------
    object
        The part itself.

    Raises
    ------
    SettingsError
        If there is no such role, or the name is no plain word.
    """
    if role not in ROLES:
        raise SettingsError(f"register: {unknown('role', role, ROLES)}")
    if not isinstance(name, str) or not name.replace("_", "").replace("-", "").isalnum():
        raise SettingsError(f"register {role}: {name!r} is not a name of letters, digits, '_' and '-'")
    _registered[role][name] = part
    return part


def named(role: str, name: str, built_in: Iterable[str], where: str) -> Any:
    """The part that a setting names: the name itself if it is built in, else what is registered by it.

    Parameters
    ----------
    role : str
    name : str
    built_in : iterable of str
        Names that the package has itself.
    where : str
        What asks, for the error: "tracker fusion".

    Returns
    -------
    str or object

    Raises
    ------
    SettingsError
        If nothing has that name, with the nearest one; or if an installed package's part cannot be imported.
    """
    known = list(built_in)
    if name in known:
        return name
    if name in _registered[role]:
        return _registered[role][name]
    found = {each.name: each for each in entry_points(group=f"trackfuse.{role}")}
    if name not in found:
        raise SettingsError(f"{where}: {unknown(f'{role} rule', name, [*known, *_registered[role], *found])}")
    try:
        return register(role, name, found[name].load())
    except Exception as error:
        raise SettingsError(f"{where}: {name!r} of {found[name].value!r} cannot be imported: {error!r}") from error


def name_of(role: str, part: Any) -> str:
    """The name of a part: that of the setting if it is built in, else the registered one, else the one in its source.

    Parameters
    ----------
    role : str
    part : str or object

    Returns
    -------
    str
    """
    if isinstance(part, str):
        return part
    registered = (name for name, each in _registered[role].items() if each is part)
    return next(registered, _source_name(part))


def check_registered(role: str, part: Any, where: str) -> None:
    """Raise SettingsError unless a part is built in or known by a name.

    Parameters
    ----------
    role : str
    part : str or object
    where : str
        What asks, for the error.

    Raises
    ------
    SettingsError
        With the call that makes it known.
    """
    if not isinstance(part, str) and not any(each is part for each in _registered[role].values()):
        raise SettingsError(
            f"{where}: {role} {_source_name(part)!r} has no name to be found by again; give it one with "
            f"tf.register({role!r}, name, part)"
        )


def identity(role: str, part: Any) -> str:
    """What a result says of a part, so that it can be cited: its name, version, and a hash of its source.

    Parameters
    ----------
    role : str
    part : str or object

    Returns
    -------
    str
        "fusion ellipsoidal_intersection (mine.rules, version 1.2, source 3f9a01b2)"; of a built-in part its name alone.
    """
    if isinstance(part, str):
        return f"{role} {part}"
    module = getattr(part, "__module__", None) or type(part).__module__
    return f"{role} {name_of(role, part)} ({module}, {_version(module)}, source {_source_hash(part)})"


def check_takes(role: str, part: Any, arguments: tuple[str, ...], where: str) -> None:
    """Raise SettingsError unless a part can be called with so many arguments.

    Parameters
    ----------
    role : str
    part : object
    arguments : tuple of str
        Their names, for the error.
    where : str
        What it is given to: "tracker fusion".

    Raises
    ------
    SettingsError
        If it cannot be called, or not with these.
    """
    wanted = f"a {role} rule takes ({', '.join(arguments)})"
    if not callable(part):
        raise SettingsError(f"{where}: {part!r} cannot be called; {wanted}")
    try:
        inspect.signature(part).bind(*arguments)
    except TypeError as error:
        raise SettingsError(f"{where}: {name_of(role, part)!r} does not fit: {error}; {wanted}") from error


def check_estimate(mean: Any, covariance: Any) -> None:
    """Raise ValueError unless a part gives a state of six finite numbers and a positive definite covariance.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        m and m/s.
    covariance : ndarray, shape (6, 6)
        m^2, m^2/s, m^2/s^2.

    Raises
    ------
    ValueError
        Which of these does not hold.
    """
    for name, array, shape in (("mean", mean, (6,)), ("covariance", covariance, (6, 6))):
        if np.shape(array) != shape:
            raise ValueError(f"{name} has shape {np.shape(array)}, not {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite")
    if not np.allclose(covariance, np.transpose(covariance), rtol=1e-6, atol=0.0):
        raise ValueError("covariance is not symmetric")
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ValueError("covariance is not positive definite") from None


def _source_name(part: Any) -> str:
    return getattr(part, "__qualname__", None) or getattr(part, "__name__", None) or type(part).__qualname__


def _version(module: str) -> str:
    """The version of a module, or of the package that it was installed with."""
    own = getattr(sys.modules.get(module), "__version__", None)
    if own is not None:
        return f"version {own}"
    installed = packages_distributions().get(module.split(".")[0])
    return f"version {version(installed[0])}" if installed else "no version"


@functools.lru_cache(maxsize=256)
def _hash_of(source: str) -> str:
    return blake2b(source.encode(), digest_size=4).hexdigest()


def _source_hash(part: Any) -> str:
    """Hash of the text of a function, or of an object's class; "unknown" where there is none to read."""
    thing = part if inspect.isfunction(part) or inspect.isclass(part) else type(part)
    try:
        return _hash_of(inspect.getsource(inspect.unwrap(thing)))
    except (OSError, TypeError):
        return "unknown"
