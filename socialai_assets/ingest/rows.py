"""From landed files to accepted and quarantined rows: reader, mapping and contract in one. Writes to no table."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from resources.errors import LandingError
from resources.landing import LandedFile
from resources.sealed_file import opened
from resources.vault_key import landed_pseudonym
from socialai_assets.ingest.casting import without_missing
from socialai_assets.ingest.contract import (
    PROVENANCE,
    QuarantineContract,
    apply,
    describe,
    empty,
    is_personal,
    shortened,
    validate,
)
from socialai_assets.ingest.mapping import Mapping, apply_mapping, load_mapping
from socialai_assets.ingest.readers import read

if TYPE_CHECKING:
    from resources.vault_key import VaultKey
    from socialai_assets.ingest.contract import Contract
    from socialai_assets.ingest.sources import Source

SAMPLE = "sample"
QUARANTINE_COLUMNS = pd.Index([column.name for column in describe(QuarantineContract)])


@dataclass(frozen=True)
class Report:
    """What reading a source's files found.

    Attributes:
        sha256: of each file, by its name.
        extra_columns: columns of the files that nothing uses.
        ignored_columns: columns that the source says must not enter the lake, and that were there.
        notes: what the readers found out, by file name.
    """

    sha256: dict[str, str] = field(default_factory=dict)
    extra_columns: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ingested:
    """A source's rows, parted by its contract.

    Attributes:
        accepted: the raw table, provenance included, in the contract's types.
        quarantined: the rest, with line and reason.
        rows_read: records read, one for each row of either; after `unpivot`, one for each long row.
        report: what reading found.
    """

    accepted: pd.DataFrame
    quarantined: pd.DataFrame
    rows_read: int
    report: Report


@dataclass(frozen=True)
class _FileRows:
    """One file's rows in the contract's columns, each with where it came from and how it read."""

    rows: pd.DataFrame
    places: pd.DataFrame
    raw: pd.DataFrame
    failed: pd.Series
    unreadable: list[dict[str, object]]


def ingest_file(
    path: Path, source: Source, contract: type[Contract] | None = None, mapping: Mapping | None = None
) -> Ingested:
    """Read one file as a source, with a mapping that need not lie beside it.

    Raises:
        LandingError: the file or the mapping is not what it should be.
    """
    beside = LandedFile(path, path.name).mapping
    mapping = mapping or (load_mapping(beside) if beside else None)
    return _ingest([(LandedFile(path, path.name), mapping)], source, contract or source.contract)


def ingest(files: Iterable[LandedFile], source: Source, key: VaultKey | None = None) -> Ingested:
    """Read all files of a source, each with the `mapping.yaml` beside it; keys are unique over all of them.

    No file gives an empty table. A file that cannot be read at all is an error and not a quarantined row.

    Args:
        files: the files.
        source: what they landed as.
        key: of the vault, where the source is about persons: it opens sealed files and makes pseudonyms, which take
            the place of identifiers in every row, accepted or not.

    Raises:
        LandingError: a file or mapping is not what it should be; says which.
    """
    mappings: dict[Path, Mapping] = {}
    pairs: list[tuple[LandedFile, Mapping | None]] = []
    for file in files:
        if file.mapping and file.mapping not in mappings:
            mappings[file.mapping] = load_mapping(file.mapping)
        pairs.append((file, mappings[file.mapping] if file.mapping else None))
    return _ingest(pairs, source, source.contract, key)


def _ingest(
    files: list[tuple[LandedFile, Mapping | None]],
    source: Source,
    contract: type[Contract],
    key: VaultKey | None = None,
) -> Ingested:
    report = Report()
    extra: set[str] = set()
    ignored: set[str] = set()
    parts: list[_FileRows] = []
    for file, mapping in files:
        part, unused, left_out = _read(file, mapping, source, contract, report, key)
        parts.append(part)
        extra |= unused
        ignored |= left_out
    report = Report(report.sha256, tuple(sorted(extra)), tuple(sorted(ignored)), report.notes)
    unreadable = pd.DataFrame([row for part in parts for row in part.unreadable], columns=QUARANTINE_COLUMNS)
    if not parts:
        return Ingested(empty(contract), _quarantine(unreadable, contract), 0, report)
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    if key is not None:
        rows = _pseudonymised(rows, contract, source.options.missing, key)
    places = pd.concat([part.places for part in parts], ignore_index=True)
    failed = pd.concat([part.failed for part in parts], ignore_index=True)
    uncomputed = failed.notna()
    accepted, rejected = apply(
        rows.loc[~uncomputed], contract, missing=source.options.missing, thousands=source.options.thousands
    )
    accepted = validate(_with_provenance(accepted, places.loc[accepted.index]), contract)
    found = [cast("pd.Series", rejected["reason"]), failed.loc[uncomputed]]
    reasons = pd.concat([part for part in found if len(part)] or found[:1]).sort_index()
    quarantined = _rejected(reasons, places, parts, source)
    refused = [part for part in (quarantined, unreadable) if len(part)] or [quarantined]
    whole = _quarantine(pd.concat(refused, ignore_index=True), contract)
    return Ingested(accepted, whole, len(rows) + len(unreadable), report)


def _read(
    file: LandedFile,
    mapping: Mapping | None,
    source: Source,
    contract: type[Contract],
    report: Report,
    key: VaultKey | None,
) -> tuple[_FileRows, set[str], set[str]]:
    """One file's rows in the contract's columns; fills the report, and returns unused and ignored columns."""
    source = _as_mapped(source, mapping)
    with _readable(file, key) as path:
        batch = read(path, source)
    left_out = set(source.ignored_columns) & set(batch.frame.columns)
    raw = batch.frame.drop(columns=sorted(left_out))
    try:
        mapped = apply_mapping(
            raw,
            mapping,
            contract,
            missing=source.options.missing,
            thousands=source.options.thousands,
            decimal=source.options.decimal,
        )
    except LandingError as error:
        if error.where and str(file.path) in error.where:
            raise
        raise LandingError(error.what, where=f"{file.path}; {error.where}", do=error.do) from error
    if mapping and "missing" in mapping.file:
        mapped = replace(mapped, frame=_without_missing(mapped.frame, source.options.missing))
    report.sha256[file.name] = batch.sha256
    if batch.notes or mapped.notes:
        report.notes[file.name] = (*batch.notes, *mapped.notes)
    publisher = SAMPLE if file.synthetic else (mapping.source if mapping and mapping.source else source.name)
    places = pd.DataFrame(
        {
            "source": publisher,
            "is_synthetic": file.synthetic,
            "file_name": file.name,
            "file_line": batch.line[mapped.origin],
            "origin": mapped.origin,
        },
        index=mapped.frame.index,
    )
    failed = pd.Series(None, index=mapped.frame.index, dtype=object)
    for target, positions in mapped.failed.items():
        failed.iloc[positions] = f"{target}: its expression in mapping.yaml cannot be computed for this row"
    unreadable: list[dict[str, object]] = [
        {
            "source_name": source.name,
            "file_name": file.name,
            "file_line": record.line,
            "reason": record.reason,
            "row": record.content,
        }
        for record in batch.unreadable
    ]
    unused = set(raw.columns) - mapped.used
    return _FileRows(mapped.frame, places, raw, failed, unreadable), unused, left_out


def _readable(file: LandedFile, key: VaultKey | None) -> AbstractContextManager[Path]:
    """The file's content under a path, in memory only where it is sealed."""
    if not file.is_sealed:
        return nullcontext(file.path)
    if key is None:
        raise LandingError("The file is sealed", where=str(file.path), do="Read it with the vault's key.")
    return opened(file.path, key)


def _pseudonymised(
    rows: pd.DataFrame, contract: type[Contract], missing: tuple[str, ...], key: VaultKey
) -> pd.DataFrame:
    """Rows with keyed pseudonyms in place of identifiers; missing ones stay missing."""
    kinds = {c.name: c.identifies for c in describe(contract) if c.identifies is not None}
    replaced = {}
    for name, kind in kinds.items():
        texts = without_missing(cast("pd.Series", rows[name]), missing)
        known = {text: landed_pseudonym(str(text), kind, key) for text in texts.dropna().unique()}
        replaced[name] = texts.map(known)
    return rows.assign(**replaced)


def _as_mapped(source: Source, mapping: Mapping | None) -> Source:
    """The source with the reading options that a file's mapping overrides."""
    return replace(source, options=replace(source.options, **mapping.file)) if mapping and mapping.file else source


def _without_missing(rows: pd.DataFrame, tokens: tuple[str, ...]) -> pd.DataFrame:
    """Rows without the texts that stand for a missing value in this file only; bytes stay as they are."""
    textual = [name for name, values in rows.items() if not any(isinstance(cell, bytes) for cell in values)]
    return rows.assign(**{str(name): without_missing(cast("pd.Series", rows[name]), tokens) for name in textual})


def _with_provenance(accepted: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    return accepted.assign(**{name: places[name] for name in PROVENANCE})


def _rejected(reasons: pd.Series, places: pd.DataFrame, parts: list[_FileRows], source: Source) -> pd.DataFrame:
    """Quarantine rows for the positions of `reasons`, each with its file's own row as JSON."""
    found = places.loc[reasons.index]
    part = np.searchsorted(np.cumsum([len(part.rows) for part in parts]), reasons.index.to_numpy(), side="right")
    rows = np.full(len(found), None, dtype=object)
    for number in np.unique(part):
        raw = parts[number].raw.iloc[found["origin"].to_numpy()[part == number]]
        rows[part == number] = [_as_json(record) for record in raw.to_dict("records")]
    columns = {"source_name": source.name, **{name: found[name] for name in ("file_name", "file_line")}}
    return pd.DataFrame({**columns, "reason": reasons, "row": rows}, index=found.index)


def _quarantine(rows: pd.DataFrame, contract: type[Contract]) -> pd.DataFrame:
    """Quarantined rows in their types; the rows themselves are left out where they say something about a person."""
    if is_personal(contract):
        rows = rows.assign(row=None)
    return validate(rows, QuarantineContract)


def _as_json(row: dict[Hashable, object]) -> str:
    cells = {
        str(name): shortened(cell) if isinstance(cell, bytes) else (cell if isinstance(cell, str) else None)
        for name, cell in row.items()
    }
    return json.dumps(cells, ensure_ascii=False)
