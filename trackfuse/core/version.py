"""The version: once for the package, its results and its metadata; and the identity of the code behind a result."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

__version__ = "0.2.0"
_SHOWS = ("views", "cli.py", "__main__.py")
"""What shows results and makes none."""


@cache
def code_hash() -> str:
    """Hash of all source that makes results: a changed checkout of one version is other code.

    Returns
    -------
    str
        32 hexadecimal digits; read once a process.
    """
    root, digest = Path(__file__).parents[1], blake2b(digest_size=16)
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root)
        if name.parts[0] not in _SHOWS:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()
