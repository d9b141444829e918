"""Parts of a user's own: kept by role and name, so that settings and files may ask for them, and identified in results.

A file names a part; it never makes the package import one. What may be named is registered by the program that runs
(`register`) or by an installed package (entry points of the group "trackfuse.ROLE").
"""

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b
from importlib.metadata import entry_points, packages_distributions, version
from types import CodeType
from typing import Any, TypeVar

import numpy as np

from trackfuse.core.errors import PluginError, SettingsError, is_kind, unknown

ROLES = {
    "fusion": "fusion rule", "filter": "track filter", "sensor": "kind of sensor", "sharing": "sharing rule",
    "decision": "decision rule",
}  # fmt: skip
"""What a part may be, and what that is called."""
BUILT_IN: dict[str, tuple[str, ...]] = {
    "fusion": ("ci", "naive", "campo", "ici", "split_ci", "tracklet"), "filter": ("imm", "ekf", "ukf"),
    "sensor": ("radar", "infrared"), "sharing": ("everything",), "decision": ("probability",),
}  # fmt: skip
"""Names of the package's own parts, by role."""
P = TypeVar("P")
_registered: dict[str, dict[str, Any]] = {role: {} for role in ROLES}


def register(role: str, name: str, part: P) -> P:
    """Make a part known by a name, so that settings and scenario files may ask for it.

    Parameters
    ----------
    role : str
        "fusion", "filter", "sensor", "sharing" or "decision".
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
        If there is no such role, or the name is no plain word or one of the package's own parts.
    """
    if role not in ROLES:
        raise SettingsError(f"register: {unknown('role', role, ROLES)}")
    if not is_kind(name, str) or not name.replace("_", "").replace("-", "").isalnum():
        raise SettingsError(f"register {role}: {name!r} is not a name of letters, digits, '_' and '-'")
    if name in BUILT_IN[role]:
        raise SettingsError(f"register {role}: {name!r} is the package's own; register yours by another name")
    _registered[role][name] = part
    return part


def registered() -> dict[str, dict[str, Any]]:
    """The parts that are known by a name now.

    Returns
    -------
    dict of str to dict
        Role -> name -> part.
    """
    return {role: dict(parts) for role, parts in _registered.items()}


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
        raise SettingsError(f"{where}: {unknown(ROLES[role], name, [*known, *_registered[role], *found])}")
    try:
        return register(role, name, found[name].load())
    except Exception as error:
        raise SettingsError(f"{where}: {name!r} of {found[name].value!r} cannot be imported: {error!r}") from error


def chosen(
    role: str, part: Any, built_in: Iterable[str], takes: tuple[str, ...] | Mapping[str, tuple[str, ...]], where: str
) -> Any:
    """What a setting asks for, by name or as a value: a built-in name, or a part that can be used as its role is.

    Parameters
    ----------
    role : str
    part : str or object
    built_in : iterable of str
        Names that the package has itself.
    takes : tuple of str, or mapping of str to tuple of str
        Names of what a part of the role takes; by method where it has methods.
    where : str
        What asks, for the error: "tracker fusion".

    Returns
    -------
    str or object

    Raises
    ------
    SettingsError
        As `named`, `check_takes` and `check_methods` do.
    """
    found = named(role, part, built_in, where) if isinstance(part, str) else part
    if not isinstance(found, str):
        if isinstance(takes, tuple):
            check_takes(role, found, takes, where)
        else:
            check_methods(role, found, takes, where)
    return found


def call(
    role: str, part: Any, given: tuple[Any, ...], check: Callable[[Any], None], at: tuple[int | str, float]
) -> Any:
    """What a part makes of what it is given; whatever is wrong with it is named with part, node and time.

    Parameters
    ----------
    role : str
    part : object
    given : tuple
        Its arguments.
    check : callable
        Raises for what a part of the role must not give.
    at : tuple of (int or str, float)
        Number or name of the node, and s after lift-off.

    Returns
    -------
    object

    Raises
    ------
    PluginError
        If the part raises, or gives what is refused.
    """
    try:
        made = part(*given)
        check(made)
    except Exception as error:
        raise PluginError(f"{ROLES[role]} {name_of(role, part)!r}", *at, f"{type(error).__name__}: {error}") from error
    return made


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
    return next(registered, source_name(part))


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
            f"{where}: {role} {source_name(part)!r} has no name to be found by again; give it one with "
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
        The hash is of the source and of what the part holds besides: default values, enclosed variables, attributes.
    """
    if isinstance(part, str):
        return f"{role} {part}"
    made = part.func if isinstance(part, functools.partial) else part
    module = getattr(made, "__module__", None) or type(made).__module__
    return f"{role} {name_of(role, part)} ({module}, {_version(module)}, source {_source_hash(part)})"


def check_takes(role: str, part: Any, arguments: tuple[str, ...], where: str) -> None:
    """Raise SettingsError unless a part can be called with so many arguments, and hashed as frozen settings are.

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
        If it cannot be called, or not with these, or not be hashed.
    """
    shown = name_of(role, part) if callable(part) else part
    _check_call(part, arguments, f"{where}: {shown!r}", f"a {ROLES[role]} takes ({', '.join(arguments)})")
    _check_hash(role, part, where)


def check_methods(role: str, part: Any, methods: Mapping[str, tuple[str, ...]], where: str) -> None:
    """Raise SettingsError unless a part has methods that take so many arguments, and can be hashed.

    Parameters
    ----------
    role : str
    part : object
    methods : mapping of str to tuple of str
        Name of each -> the names of its arguments, for the error.
    where : str
        What it is given to: "tracker filter".

    Raises
    ------
    SettingsError
        If a method is missing or takes other arguments, or the part cannot be hashed.
    """
    each = [f"{name}({', '.join(takes)})" for name, takes in methods.items()]
    wanted = f"a {ROLES[role]} has {', '.join(each)}"
    for name, takes in methods.items():
        said = f"{where}: {name_of(role, part)!r}"
        if not hasattr(part, name):
            raise SettingsError(f"{said} has no {name}; {wanted}")
        _check_call(getattr(part, name), takes, f"{said}.{name}", wanted)
    _check_hash(role, part, where)


def _check_call(called: Any, arguments: tuple[str, ...], said: str, wanted: str) -> None:
    if not callable(called):
        raise SettingsError(f"{said} cannot be called; {wanted}")
    try:
        inspect.signature(called).bind(*arguments)
    except TypeError as error:
        raise SettingsError(f"{said} does not fit: {error}; {wanted}") from error


def _check_hash(role: str, part: Any, where: str) -> None:
    try:
        hash(part)
    except TypeError:
        raise SettingsError(
            f"{where}: {name_of(role, part)!r} cannot be hashed; give it as a frozen dataclass of values that can"
        ) from None


@dataclass(frozen=True, slots=True)
class ByName:
    """Beside a field's type, as in `Annotated[str | FusionRule, ByName("fusion")]`: pydantic writes a part by its name,
    and leaves what it reads to the value that the field is of.
    """

    role: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        name = core_schema.plain_serializer_function_ser_schema(functools.partial(name_of, self.role))
        return core_schema.any_schema(serialization=name)


def source_name(part: Any) -> str:
    """The name of a part in its source: of a function its own, of a value that of its class."""
    if isinstance(part, functools.partial):
        return source_name(part.func)
    return getattr(part, "__qualname__", None) or type(part).__qualname__


def _version(module: str) -> str:
    """The version of a module, or of the package that it was installed with."""
    own = getattr(sys.modules.get(module), "__version__", None)
    if own is not None:
        return f"version {own}"
    installed = packages_distributions().get(module.split(".")[0])
    return f"version {version(installed[0])}" if installed else "no version"


def _source_hash(part: Any) -> str:
    """Hash of what a part does: its text, or its compiled code where no text can be read, and the values it holds."""
    return blake2b(repr(_contents(part)).encode(), digest_size=4).hexdigest()


def _contents(value: Any, within: tuple[int, ...] = ()) -> Any:
    """What makes a value what it is, without addresses in memory; what holds itself is not followed twice."""
    if id(value) in within:
        return "itself"
    deeper = functools.partial(_contents, within=(*within, id(value)))
    if isinstance(value, functools.partial):
        return [deeper(each) for each in (value.func, value.args, value.keywords)]
    if inspect.ismethod(value):
        return [deeper(value.__func__), deeper(value.__self__)]
    if inspect.isfunction(value):
        enclosed = [cell.cell_contents for cell in value.__closure__ or ()]
        return [_text(value), *(deeper(each) for each in (value.__defaults__, value.__kwdefaults__, enclosed))]
    if isinstance(value, np.ndarray):
        return [value.dtype.str, value.tolist()]
    if isinstance(value, dict):
        return [(deeper(key), deeper(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [deeper(each) for each in value]
    if type(value).__module__ == "builtins":
        return repr(value)
    texts = [_text(each) for each in type(value).__mro__ if each.__module__ != "builtins"]
    if is_dataclass(value) and not isinstance(value, type):
        return [*texts, [(each.name, deeper(getattr(value, each.name))) for each in fields(value)]]
    return [*texts, repr(value) if type(value).__repr__ is not object.__repr__ else deeper(_attributes(value))]


def _attributes(value: Any) -> dict[str, Any]:
    """What an object holds, in its dictionary or in slots."""
    slots = [name for each in type(value).__mro__ for name in getattr(each, "__slots__", ()) if hasattr(value, name)]
    return {name: getattr(value, name) for name in slots if name != "__dict__"} | getattr(value, "__dict__", {})


def _text(thing: Any) -> str:
    """The source of a function or class; where there is none to read, a function's compiled code, a class's name."""
    code = getattr(thing, "__code__", None)
    try:
        # Since Python 3.13 the text of `python -c` would pass for that of whatever was compiled from any other text.
        if code is not None and code.co_filename == "<string>":
            raise OSError
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return thing.__qualname__ if code is None else _compiled(code)


def _compiled(code: CodeType) -> str:
    """What a compiled function does: instructions, names, constants, arguments, those of functions within it too."""
    constants = [_compiled(each) if isinstance(each, CodeType) else _constant(each) for each in code.co_consts]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return repr((code.co_code.hex(), code.co_exceptiontable.hex(), constants, names, arguments))


def _constant(value: Any) -> str:
    """A constant as text; those of a set in an order that does not change from process to process."""
    return repr(sorted(map(_constant, value))) if isinstance(value, frozenset) else repr(value)
