"""What a source is, and how a domain's `sources.yaml` becomes sources. Reads no landed file."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import SettingsError
from socialai_assets.ingest.casting import MISSING_TOKENS

if TYPE_CHECKING:
    from socialai_assets.ingest.contract import Contract

PATTERNS: dict[str, tuple[str, ...]] = {
    "csv": ("*.csv", "*.tsv", "*.txt"),
    "excel": ("*.xlsx", "*.xls"),
    "geopackage": ("*.gpkg",),
    "geojson": ("*.geojson", "*.json"),
    "json": ("*.json", "*.jsonl", "*.ndjson"),
    "parquet": ("*.parquet",),
    "shapefile": ("*.zip",),
    "tiles": ("**/*.jpeg", "**/*.jpg", "**/*.png"),
}
TABULAR = tuple(name for name in PATTERNS if name != "tiles")
PATTERNS["any"] = tuple(dict.fromkeys(pattern for name in TABULAR for pattern in PATTERNS[name]))

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_REQUIRED = ("title", "publisher", "licence", "url", "format", "contract")
_OPTIONAL = (
    "steps",
    "fetch",
    "folder",
    "patterns",
    "options",
    "feeds",
    "canonical",
    "known_problems",
    "ignored_columns",
)


@dataclass(frozen=True)
class Options:
    """How a source's files are read.

    Attributes:
        delimiter: separator of a CSV; sniffed where it is not given.
        encoding: text encoding of a CSV, JSON or shapefile; detected where it is not given.
        layer: layer of a GeoPackage, or shapefile of a zip; the only one where it is not given.
        sheet: sheet of an Excel file; the first where it is not given.
        records: where a JSON document has its array of records, such as `result.records`.
        missing: texts that stand for a missing value.
        thousands: separator that groups digits of numbers by threes.
        decimal: decimal separator of numbers, where it is not a point.
        comment: character that a CSV's lines of remarks begin with; they are counted and left out.
        columns: names of a CSV's columns where its files have no row of names, or different ones; a record with
            fewer values lacks the last ones.
        names_row: whether a file with `columns` may begin with a row of names, known by its having no digit.
        rename: column of the file to column of the contract.
    """

    delimiter: str | None = None
    encoding: str | None = None
    layer: str | None = None
    sheet: str | None = None
    records: str | None = None
    missing: tuple[str, ...] = MISSING_TOKENS
    thousands: str | None = None
    decimal: str | None = None
    comment: str | None = None
    columns: tuple[str, ...] = ()
    names_row: bool = False
    rename: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Something that may land: who publishes it, where to get it, how it is read, and what its rows must be.

    Attributes:
        name: name within the domain; the table is `<domain>.raw_<name>`.
        url: where to get it.
        steps: what to do by hand to get it.
        fetch: how `socialai fetch` gets it: `connector`, its parameters, and perhaps `mapping` and `hosts`; empty
            where it is fetched by hand.
        folder: where it lands, below a landing folder.
        patterns: globs of its files below that folder.
        format: one of `PATTERNS`; `any` goes by each file's suffix.
        contract_path: dotted name of the contract, imported only when asked for.
        feeds: canonical inputs, as `domain.name`, that this source's rows become.
        canonical: whether this is a canonical input itself.
        ignored_columns: columns of the file that never enter the lake, with the reason.
    """

    name: str
    domain: str
    title: str
    publisher: str
    licence: str
    url: str
    steps: str
    folder: str
    patterns: tuple[str, ...]
    format: str
    options: Options
    contract_path: str
    feeds: tuple[str, ...] = ()
    canonical: bool = False
    known_problems: tuple[str, ...] = ()
    ignored_columns: Mapping[str, str] = field(default_factory=dict)
    fetch: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The table its accepted rows become."""
        return f"{self.domain}.raw_{self.name}"

    @property
    def is_personal(self) -> bool:
        """Whether its rows say anything about persons; they are then in the vault, and its files sealed."""
        from socialai_assets.ingest.contract import is_personal

        return is_personal(self.contract)

    def load_contract(self) -> type[Contract]:
        """The same as `contract`, for those who want to say that it imports the domain's contracts."""
        return self.contract

    @property
    def fingerprint(self) -> str:
        """A short hash of all that decides how files become rows, so that changing it counts as a change."""
        how = [self.format, sorted(asdict(self.options).items()), sorted(self.ignored_columns)]
        return hashlib.sha256(json.dumps(how).encode()).hexdigest()[:16]

    @property
    def contract(self) -> type[Contract]:
        """The contract its rows are held to.

        Raises:
            SettingsError: there is no such class, or it describes another table.
        """
        from socialai_assets.ingest.contract import Contract, table_name

        module, _, name = self.contract_path.rpartition(".")
        where = f"source `{self.domain}.{self.name}`, key `contract`"
        try:
            found = getattr(importlib.import_module(module), name)
        except (ModuleNotFoundError, AttributeError) as error:
            raise SettingsError(
                f"There is no contract `{self.contract_path}`", where=where, do="Correct the dotted name."
            ) from error
        if not (isinstance(found, type) and issubclass(found, Contract)):
            raise SettingsError(f"`{self.contract_path}` is not a contract", where=where)
        if table_name(found) != self.table:
            raise SettingsError(
                f"Contract `{self.contract_path}` describes `{table_name(found)}`, not `{self.table}`",
                where=where,
                do=f'Set its Config.name to "{self.table}".',
            )
        return found


def load_sources(path: Path, domain: str) -> list[Source]:
    """The sources a domain's `sources.yaml` describes, in its order.

    Args:
        path: the file: a mapping of source name to its keys.
        domain: the domain they belong to; `contract: AreasInput` means that domain's `contracts.py`.

    Raises:
        SettingsError: the file cannot be read, or a key is missing, unknown or malformed; names source and key.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The sources of {domain} cannot be read: {error}", where=str(path)) from error
    except yaml.YAMLError as error:
        raise SettingsError(
            f"The sources of {domain} are not valid YAML: {error}", where=str(path), do="Correct the syntax."
        ) from error
    if not isinstance(content, dict) or not content:
        raise SettingsError("The file does not map source names to their keys", where=str(path))
    return [_source(str(name), entry, domain, str(path)) for name, entry in content.items()]


def _source(name: str, entry: Any, domain: str, file: str) -> Source:
    where = f"{file}, source `{name}`"
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"`{name}` is no name for a source", where=where, do="Use lower case letters, digits and _."
        )
    if not isinstance(entry, dict):
        raise SettingsError("A source is a mapping of keys", where=where)
    unknown = sorted(set(entry) - {*_REQUIRED, *_OPTIONAL})
    if unknown:
        raise SettingsError(f"Unknown keys {unknown}", where=where, do=f"The keys are {[*_REQUIRED, *_OPTIONAL]}.")
    absent = [key for key in _REQUIRED if not entry.get(key)]
    if absent:
        raise SettingsError(f"The keys {absent} are missing", where=where, do="Write them.")
    text = {key: _text(entry, key, where) for key in (*_REQUIRED, "steps", "folder")}
    if text["format"] not in PATTERNS:
        raise SettingsError(
            f"`{text['format']}` is not a format", where=where, do=f"The formats are {sorted(PATTERNS)}."
        )
    feeds = _texts(entry, "feeds", where)
    malformed = [feed for feed in feeds if not re.fullmatch(rf"{_NAME.pattern}\.{_NAME.pattern}", feed)]
    if malformed:
        raise SettingsError(f"`feeds` names {malformed}", where=where, do="Write each as domain.name.")
    if not isinstance(entry.get("canonical", False), bool):
        raise SettingsError("`canonical` is neither true nor false", where=where)
    contract = text["contract"]
    return Source(
        name=name,
        domain=domain,
        title=text["title"],
        publisher=text["publisher"],
        licence=text["licence"],
        url=text["url"],
        steps=text["steps"],
        folder=_folder(text["folder"] or f"{domain}/{name}", where),
        patterns=_texts(entry, "patterns", where) or PATTERNS[text["format"]],
        format=text["format"],
        options=_options(entry.get("options") or {}, where),
        contract_path=contract if "." in contract else f"socialai_assets.{domain}.contracts.{contract}",
        feeds=feeds,
        canonical=entry.get("canonical", False),
        known_problems=_texts(entry, "known_problems", where),
        ignored_columns=_text_mapping(entry, "ignored_columns", where),
        fetch=_fetch(entry.get("fetch") or {}, where),
    )


def _fetch(entry: Any, where: str) -> Mapping[str, Any]:
    if entry == {}:
        return {}
    if not isinstance(entry, dict) or not isinstance(entry.get("connector"), str):
        raise SettingsError("`fetch` names no connector", where=where, do="Write `fetch: {connector: url, url: ...}`.")
    if not isinstance(entry.get("mapping", {}), dict):
        raise SettingsError("`fetch.mapping` is no mapping", where=where, do="Write it as in a mapping.yaml.")
    _texts(entry, "hosts", where)
    return dict(entry)


def _options(entry: Any, where: str) -> Options:
    return Options(**option_values(entry, where), rename=_text_mapping(entry, "rename", where))


def option_values(entry: Any, where: str) -> dict[str, Any]:
    """The options a YAML mapping gives, checked; those it does not give are left out. `rename` is not among them.

    Raises:
        SettingsError: an option is unknown or malformed; names it.
    """
    known = Options.__dataclass_fields__
    if not isinstance(entry, dict) or not set(entry) <= set(known):
        raise SettingsError(f"`options` has {entry}", where=where, do=f"The options are {list(known)}.")
    values: dict[str, Any] = {
        key: _text(entry, key, where) or None
        for key in ("encoding", "layer", "sheet", "records", "thousands", "decimal")
    }
    # A tab is white space, so the delimiter is taken as it is written.
    values["delimiter"] = entry.get("delimiter")
    values["comment"] = entry.get("comment")
    for key in ("delimiter", "thousands", "decimal", "comment"):
        value = values[key]
        if value is not None and not (isinstance(value, str) and len(value) == 1):
            raise SettingsError(f"`{key}` is {value!r}", where=where, do="Write one character, in quotes.")
    values["columns"] = _texts(entry, "columns", where)
    values["names_row"] = entry.get("names_row", False)
    if not isinstance(values["names_row"], bool):
        raise SettingsError("`names_row` is neither true nor false", where=where)
    if "missing" in entry:
        values["missing"] = ("", *_texts(entry, "missing", where))
    return {key: value for key, value in values.items() if key in entry}


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SettingsError(f"`{key}` is not text but {value!r}", where=where, do="Put it in quotes.")
    return value.strip()


def _texts(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = entry.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"`{key}` is not a list of texts", where=where, do="Write one `- text` a line.")
    return tuple(" ".join(item.split()) for item in value)


def _text_mapping(entry: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
    value = entry.get(key) or {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for pair in value.items() for item in pair):
        raise SettingsError(f"`{key}` does not map text to text", where=where)
    return dict(value)


def _folder(folder: str, where: str) -> str:
    parts = Path(folder).parts
    if Path(folder).is_absolute() or ".." in parts:
        raise SettingsError(
            f"`folder` is {folder}", where=where, do="Write a path below the landing folder, such as domain/name."
        )
    return Path(folder).as_posix()
