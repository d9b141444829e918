"""The bundled fonts: the letters of data/names.csv and of the catalogues, from Noto Sans CJK, as TrueType outlines.

Japanese letters have their Japanese form; Korean is written in Hangul alone, whose form is the same in every edition of
Noto Sans CJK. One font therefore serves both languages. The source is Debian's package fonts-noto-cjk (SIL Open Font
License); PDF takes outlines as TrueType.
"""

from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

from trackfuse.catalog.catalog import data_dir, local_names
from trackfuse.core.language import LANGUAGES

SOURCES = Path("/usr/share/fonts/opentype/noto")
FILES = {"names.ttf": "NotoSansCJK-Regular.ttc", "names-bold.ttf": "NotoSansCJK-Bold.ttc"}
EDITION = "Noto Sans CJK JP"
FAMILY = "Trackfuse Names"
_NONE = (
    "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
    "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
    "maxCompositeContours", "maxComponentDepth",
)  # fmt: skip
"""Fields of a font's profile that start at nothing."""


def letters_of(translations: str) -> str:
    """The letters that the fonts need: those of names and translations that are not in ASCII, each once."""
    names = "".join([*local_names().values(), *LANGUAGES.values()])
    return "".join(sorted({letter for letter in names + translations if not letter.isascii() and not letter.isspace()}))


def write_fonts(translations: str) -> None:
    """Write both fonts into data/fonts."""
    for file, source in FILES.items():
        _write(data_dir() / "fonts" / file, SOURCES / source, letters_of(translations), bold="bold" in file)


def _write(path: Path, source: Path, letters: str, *, bold: bool) -> None:
    editions = TTCollection(source).fonts
    font = next(each for each in editions if str(each["name"].getDebugName(1)).startswith(EDITION))
    has = font.getBestCmap()
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"],
        drop_tables=["vhea", "vmtx", "VORG", "BASE"],
    )
    maker = subset.Subsetter(options)
    maker.populate(text="".join(letter for letter in letters if ord(letter) in has))
    maker.subset(font)
    _quadratic(font)
    _name(font, bold=bold)
    font.recalcTimestamp = False
    font["head"].modified = font["head"].created
    font.save(path)


def _quadratic(font: TTFont) -> None:
    """Turn cubic outlines into quadratic ones, to a thousandth of the letters' size."""
    order, drawn = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        drawn[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
        glyphs[name].recalcBounds(None)
    for name in [tag for tag in ("CFF ", "VORG") if tag in font]:
        del font[name]
    font["loca"] = newTable("loca")
    table = font["glyf"] = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    for name, (advance, _) in font["hmtx"].metrics.items():
        font["hmtx"].metrics[name] = advance, glyphs[name].xMin
    most = font["maxp"]
    most.tableVersion = 0x00010000
    most.maxZones = 1
    for field in _NONE:  # no instructions, no composites; the rest is counted when the font is saved
        setattr(most, field, 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"


def _name(font: TTFont, *, bold: bool) -> None:
    """The font's own name, beside the copyright, trademark and licence of the source, which stay."""
    style, names = "Bold" if bold else "Regular", font["name"]
    kept = {number: names.getDebugName(number) for number in (0, 7, 13, 14)}
    version = str(names.getDebugName(5)).removeprefix("Version ").split(";")[0]
    own = {
        1: FAMILY, 2: style, 3: f"{FAMILY} {style} 1", 4: FAMILY + (" Bold" if bold else ""),
        5: f"Version 1.0, subset of {EDITION} {version}", 6: f"TrackfuseNames-{style}",
    }  # fmt: skip
    names.names = []
    for number, text in sorted((kept | own).items()):
        if text:
            names.setName(text, number, 3, 1, 0x409)
