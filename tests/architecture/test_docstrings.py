"""The public API says what goes in and what comes out: units in names or words, the shape of every array."""

import dataclasses
import importlib
import inspect
import pkgutil
import types
from collections.abc import Iterator

import pytest

import trackfuse

ROOMS = [name for _, name, is_package in pkgutil.iter_modules(trackfuse.__path__) if is_package]
WITHOUT_LIST = {"core", "kernels", "catalog", "simulation", "studies", "history", "realtime", "views"}
"""Rooms whose modules are imported by name; what people use of them is listed in the face and the catalogue."""


def exported(module: types.ModuleType) -> Iterator[tuple[str, object]]:
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        if inspect.ismodule(value):
            yield from exported(value)
        else:
            yield f"{module.__name__}.{name}", value


def public() -> list[tuple[str, object]]:
    names = ["catalog.catalog", *ROOMS]
    modules = [trackfuse, *(importlib.import_module(f"trackfuse.{name}") for name in names)]
    found = {id(value): (name, value) for module in modules for name, value in exported(module) if callable(value)}
    return sorted(found.values(), key=lambda pair: pair[0])


PUBLIC = public()
FUNCTIONS = [(name, value) for name, value in PUBLIC if not inspect.isclass(value)]
CLASSES = [(name, value) for name, value in PUBLIC if inspect.isclass(value) and not issubclass(value, Exception)]


def complaints(function: object) -> list[str]:
    """What the docstring of a function lacks."""
    text = inspect.getdoc(function) or ""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    annotations = [str(p.annotation) for p in signature.parameters.values()] + [str(signature.return_annotation)]
    wrong = [] if text else ["no docstring"]
    if signature.parameters and "Parameters\n---" not in text:
        wrong.append("no Parameters")
    if signature.return_annotation not in (None, "None") and "Returns\n---" not in text:
        wrong.append("no Returns")
    if any("ndarray" in annotation for annotation in annotations) and "shape" not in text:
        wrong.append("arrays without shape")
    if any(p.annotation is inspect.Parameter.empty for p in signature.parameters.values()):
        wrong.append("parameter without annotation")
    if signature.return_annotation is inspect.Signature.empty:
        wrong.append("no return annotation")
    return wrong


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_for(room: str) -> None:
    module = importlib.import_module(f"trackfuse.{room}")
    assert module.__doc__, f"trackfuse.{room} does not say what it is for"
    assert room in WITHOUT_LIST or getattr(module, "__all__", ()), f"trackfuse.{room} does not list what it exports"


@pytest.mark.parametrize(("name", "function"), FUNCTIONS, ids=[name for name, _ in FUNCTIONS])
def test_function_is_documented(name: str, function: object) -> None:
    assert not complaints(function), name


@pytest.mark.parametrize(("name", "kind"), CLASSES, ids=[name for name, _ in CLASSES])
def test_class_is_documented(name: str, kind: type) -> None:
    text = inspect.getdoc(kind) or ""
    assert text, f"{name}: no docstring"
    if dataclasses.is_dataclass(kind):
        fields = dataclasses.fields(kind)
        assert "Parameters\n---" in text, f"{name}: no Parameters"
        missing = [field.name for field in fields if field.init and field.name not in text]
        assert not missing, f"{name}: {missing} not described"
        arrays = any("ndarray" in str(field.type) for field in fields)
        assert "shape" in text or not arrays, f"{name}: arrays without shape"
    for method, value in vars(kind).items():
        if not method.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            assert inspect.getdoc(value), f"{name}.{method}: no docstring"
