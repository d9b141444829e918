"""Catalogues are complete: every message of the sources is in each, translated, with the same places to fill in."""

import pytest
from matplotlib.font_manager import FontProperties, findfont, get_font

from tests.languages.catalogues import TRANSLATED, catalogue, compiled, extracted, placeholders, po_of
from tests.languages.fonts import FILES, letters_of
from trackfuse.catalog.catalog import data_dir
from trackfuse.core.language import LANGUAGES, in_language, translate

MESSAGES = {text for _, _, text in extracted()}


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated(code: str) -> None:
    kept = {str(each.id): each for each in catalogue(code) if each.id}
    assert MESSAGES - set(kept) == set(), "new messages: run python -m tests.languages.catalogues and translate them"
    assert set(kept) - MESSAGES == set(), "messages that are in no source any more"
    assert [text for text, each in kept.items() if not each.string or each.fuzzy] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_fill_in_the_same(code: str) -> None:
    kept = [each for each in catalogue(code) if each.id]
    assert [each.id for each in kept if placeholders(str(each.id)) != placeholders(str(each.string))] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_read_is_what_was_compiled_from_the_catalogue(code: str) -> None:
    assert po_of(code).with_suffix(".mo").read_bytes() == compiled(code)


def test_extraction_finds_each_kind_of_message() -> None:
    """Of code, of a template, of the controls, and of the data: a reader that finds none of a kind would pass all."""
    for text in ("Working …", "Start or pause the clock (space bar)", "as in policy", "first own detection"):
        assert text in MESSAGES
    assert "IRBM over Aomori into the Pacific, 2022-10-04" in MESSAGES
    assert len(MESSAGES) > 400


def test_without_a_language_texts_are_as_in_the_source() -> None:
    assert all(translate(text) == text for text in MESSAGES)


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_are_in_their_language(code: str) -> None:
    """Most messages have letters of the language, and no catalogue is a copy of another."""
    low, high = {"ja": ("\u3040", "\u9fff"), "ko": ("\uac00", "\ud7a3")}[code]
    with in_language(code):
        own = [text for text in MESSAGES if any(low <= letter <= high for letter in translate(text))]
    other = "ko" if code == "ja" else "ja"
    assert len(own) > 0.9 * len(MESSAGES)
    assert {translate(text) for text in own}.isdisjoint({str(each.string) for each in catalogue(other)})


@pytest.mark.parametrize("file", FILES)
def test_every_letter_of_the_catalogues_is_in_the_fonts_that_come_along(file: str) -> None:
    """In the bundled font or in DejaVu, which matplotlib brings: figures need no font of the machine's."""
    weight = "bold" if "bold" in file else "normal"
    fonts = (data_dir() / "fonts" / file, findfont(FontProperties(family=["DejaVu Sans"], weight=weight)))
    has = [get_font(str(font)) for font in fonts]
    letters = letters_of("".join(str(each.string) for code in TRANSLATED for each in catalogue(code) if each.id))
    assert set("日本韓国발사レーダー。、") <= set(letters)
    assert [each for each in letters if not any(font.get_char_index(ord(each)) for font in has)] == []


def test_the_fonts_carry_their_licence() -> None:
    text = (data_dir() / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert all(file in text for file in FILES) and "SIL OPEN FONT LICENSE Version 1.1" in text and "Adobe" in text


def test_languages_name_themselves() -> None:
    assert {"en", *TRANSLATED} == set(LANGUAGES)
