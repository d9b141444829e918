"""The version: once for the package, its results and its metadata."""

__version__ = "0.1.0"
