"""The language of what a person reads: English as written in the source, others from the catalogues in locale/.

The language is a value of the context: one that is set around some work holds for that work alone.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from trackfuse.core.errors import SettingsError, check_known

LANGUAGES = {"en": "English", "ja": "日本語", "ko": "한국어"}
"""Code of a language (ISO 639-1) -> its name in itself."""
_LANGUAGE: ContextVar[str] = ContextVar("trackfuse_language", default="en")


def language() -> str:
    """The code of the language in which texts are made now."""
    return _LANGUAGE.get()


@contextmanager
def in_language(code: str, where: str = "language") -> Generator[None]:
    """Make texts in a language, as long as the block lasts.

    Parameters
    ----------
    code : str
        A key of LANGUAGES.
    where : str
        Who asks, for the message.

    Raises
    ------
    SettingsError
        If there is no such language; the nearest is named.
    """
    check_language(code, where)
    before = _LANGUAGE.set(code)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


def check_language(code: str, where: str = "language") -> None:
    """Raise SettingsError, with the nearest, unless a code is one of LANGUAGES."""
    check_known(SettingsError, "language", code, LANGUAGES, where=where)


def message(text: str) -> str:
    """The same text, marked for the catalogues: one that is written down in one place and translated in another."""
    return text


def translate(text: str) -> str:
    """A text in the language of now.

    Parameters
    ----------
    text : str
        English, as in the source. Its {names} are filled in after it is translated.

    Returns
    -------
    str
        The same text if it is in no catalogue, as a name of a user's own.
    """
    return _catalogue(language()).gettext(text) if text else ""  # "" is the key of a catalogue's own heading


def stopped(sentence: str) -> str:
    """A sentence with the full stop of the language."""
    return f"{sentence}{'。' if language() == 'ja' else '.'}"


def joined(sentences: Iterable[str]) -> str:
    """Sentences behind one another, those that are not empty: with a space between them, in Japanese without."""
    return ("" if language() == "ja" else " ").join(filter(None, sentences))


@cache
def _catalogue(code: str) -> NullTranslations:
    if code == "en":
        return NullTranslations()
    path = files("trackfuse.core").joinpath("locale", code, "LC_MESSAGES", "trackfuse.mo")
    with path.open("rb") as file:
        return GNUTranslations(file)
