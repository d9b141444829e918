"""Which node of a live run is on which machine, and whose keys are known: a file of addresses."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zmq

from trackfuse.catalog.datafiles import read_toml
from trackfuse.core.errors import DataError, unknown
from trackfuse.realtime.transport import LOOPBACK, Keys, new_keys

FIELDS = ("address", "public", "secret")
KEY_LENGTH = 40
"""Characters of a CURVE key, Z85."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where one process listens.

    Parameters
    ----------
    host : str
    port : int
        0: any that is free.
    public : bytes
        Its public key.
    secret : Path
        File of its secret key, which only its own machine has.
    """

    host: str
    port: int
    public: bytes
    secret: Path

    def keys(self) -> Keys:
        """Its pair of keys.

        Raises
        ------
        DataError
            If the file is not there, or is of another public key.
        """
        try:
            secret = self.secret.read_bytes().strip()
            public = zmq.curve_public(secret)
        except (OSError, ValueError, zmq.ZMQError) as error:
            raise DataError(f"{self.secret}: is no secret key: {error}") from error
        if public != self.public:
            raise DataError(f"{self.secret}: is not the secret key of public key {self.public.decode()!r}")
        return Keys(public=public, secret=secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Addresses of a live run on several machines.

    Parameters
    ----------
    links : Machine
        Of the machine that starts the run: to it all connect.
    nodes : dict of str to Machine
        Nodes on other machines, by name; the rest run where the run is started.
    """

    links: Machine
    nodes: dict[str, Machine]


def read_machines(path: str | os.PathLike[str], nodes: Sequence[str] = ()) -> Machines:
    """Read a file of addresses.

    Parameters
    ----------
    path : str or path
        TOML: a table `links` and a table `nodes.NAME` for each node on another machine, each with `address`
        ("host:port"), `public` (Z85) and `secret` (name of a file beside this one).
    nodes : sequence of str
        That there may be; none: any.

    Returns
    -------
    Machines

    Raises
    ------
    DataError
        File, table, value and what is allowed, of the first thing wrong.
    """
    file = Path(path)
    said = read_toml(file, DataError)
    for name in said:
        if name not in ("links", "nodes"):
            raise DataError(f"{file}: {unknown('table', name, ('links', 'nodes'))}")
    if "links" not in said:
        raise DataError(f"{file}: table 'links' is missing")
    tables = said.get("nodes", {})
    if not isinstance(tables, dict):
        raise DataError(f"{file}: nodes is no table of nodes")
    for name in tables if nodes else ():
        if name not in nodes:
            raise DataError(f"{file} nodes: {unknown('node', name, nodes)}")
    made = {name: _machine(f"{file} nodes.{name}", file.parent, table) for name, table in tables.items()}
    out = Machines(links=_machine(f"{file} links", file.parent, said["links"]), nodes=made)
    keys = [each.public for each in (out.links, *made.values())]
    if len(set(keys)) < len(keys):
        raise DataError(f"{file}: a public key is there twice; each process has one of its own")
    return out


def write_keys(path: str | os.PathLike[str]) -> str:
    """Make a pair of keys and write the secret one to a new file that only its owner may read.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    str
        The public key.

    Raises
    ------
    DataError
        If the file is there already.
    """
    keys = new_keys()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(keys.secret)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error}") from error
    return keys.public.decode()


def _machine(where: str, folder: Path, table: Any) -> Machine:
    if not isinstance(table, dict):
        raise DataError(f"{where}: is no table with {', '.join(FIELDS)}")
    for name in table:
        if name not in FIELDS:
            raise DataError(f"{where}: {unknown('field', name, FIELDS)}")
    for name in FIELDS:
        if not isinstance(table.get(name), str):
            raise DataError(f"{where} {name}: {table.get(name)!r} is no text")
    host, _, port = table["address"].rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise DataError(f"{where} address: {table['address']!r} is not host:port, such as '{LOOPBACK}:7001'")
    if len(table["public"]) != KEY_LENGTH:
        raise DataError(f"{where} public: {table['public']!r} is no key of {KEY_LENGTH} characters")
    return Machine(host=host, port=int(port), public=table["public"].encode(), secret=folder / table["secret"])
