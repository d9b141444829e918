"""The templates of this room, filled in: every value is escaped unless it is marked as safe."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from trackfuse.core.language import translate

_ENVIRONMENT = Environment(
    loader=PackageLoader("trackfuse.views.report", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def rendered(name: str, **values: Any) -> str:
    """The text of a template with its values.

    Parameters
    ----------
    name : str
        File in this folder.
    **values
        What the template names.

    Returns
    -------
    str

    Raises
    ------
    jinja2.UndefinedError
        If the template names a value that is not given.
    """
    return _ENVIRONMENT.get_template(name).render(values, _=translate)
