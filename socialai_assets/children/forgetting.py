"""Forgetting a person: who and what goes with the person, in the vault and in landed files, and the proof. No printing.

The order is such that a killed forgetting is finished by the same request: tombstones first, since from then on nothing
brings the person back, then the vault, then landed files, then the search.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from resources import byte_search, forgetting, sealed_file
from resources.access_log import Access
from resources.errors import LandingError, VaultError
from resources.forgotten import Tombstone, change_mark, table_of_forgotten, tombstones
from resources.vault import Vault
from socialai_assets.access.policy import contracts_of
from socialai_assets.ingest.landed_rewriting import Persons, Rewritten, without_persons

if TYPE_CHECKING:
    from resources.lake import Lake
    from resources.settings import Settings
    from resources.vault_key import VaultKey

SCHEMA = "children"
KINDS = ("child", "student", "staff")
"""Who can be forgotten; staff are taken out of rows on children, which stay."""
FLAG = "flag"
"""Its code is the platform's own, and lands as it is."""
WITH_CHILD = {"case_id": "case", "support_id": "support", "flag_id": FLAG}
"""What is only about one child, and goes with it."""
SHARED = {"household_id": "household"}
"""What goes with a child if nobody else is in it."""
CHILD = "child_id"
_MOST_TEXTS = 50


@dataclass
class Forgetting:
    """What a forgetting did.

    Attributes:
        removed: what went from the vault.
        catalogue_mentions: rows of the catalogue's new file that still hold something of the person.
        landed: rows removed from each landed file of the home.
        not_rewritten: landed files of the home that cannot be rewritten, and hold the person or may do so.
        elsewhere: files of the external landing folder that still hold the person.
        searched: the search of every byte.
    """

    removed: forgetting.Removed
    catalogue_mentions: int = 0
    landed: dict[Path, int] = field(default_factory=dict)
    not_rewritten: list[Path] = field(default_factory=list)
    elsewhere: list[Path] = field(default_factory=list)
    searched: byte_search.Searched = field(default_factory=byte_search.Searched)

    @property
    def is_proven(self) -> bool:
        """Whether nothing of the person was found anywhere in the home."""
        left = (self.catalogue_mentions, self.not_rewritten, self.searched.found, self.searched.unreadable)
        return not any(left)


def rows_about(vault: Vault, access: Access, pseudonym: str, kind: str, key: VaultKey) -> dict[str, int]:
    """How many rows of each table are about a person and what goes with the person; removes nothing."""
    with vault.opened(access) as tables:
        found = going(tables, pseudonym, kind, key)
        return forgetting.mentioned(tables, [one.pseudonym for one in found])


def forget(
    settings: Settings,
    key: VaultKey,
    access: Access,
    pseudonym: str,
    kind: str,
    values: Sequence[str] = (),
) -> Forgetting:
    """Remove a person from the vault and the home's landed files, and search the home for what is left.

    Args:
        settings: of the home.
        key: of the vault.
        access: for the access log.
        pseudonym: of the person.
        kind: one of `KINDS`.
        values: what else to search for besides pseudonyms and identifiers, such as the identifier that was given.

    Raises:
        VaultError: another process has the vault open, or writes to it what is removed.
    """
    vault = Vault.from_settings(settings)
    with vault.opened(access) as tables:
        gone = going(tables, pseudonym, kind, key)
        forgetting.write_tombstones(tables, SCHEMA, gone)
        change_mark(settings.home)
        done = Forgetting(forgetting.remove(tables, gone))
        done.catalogue_mentions = forgetting.ranges_that_tell(tables, gone)
    pseudonyms = [one.pseudonym for one in gone]
    told_apart = [value for value in (*pseudonyms, *values) if len(value) >= byte_search.LEAST_LENGTH]
    done.catalogue_mentions += vault.rewrite_catalogue(told_apart)
    persons = persons_in_files(gone, key)
    identifiers, texts = set(values), set()
    for path, rewritten in _rewritten(settings.home_landing / SCHEMA, persons, key, done.not_rewritten):
        identifiers |= rewritten.identifiers
        texts |= rewritten.texts
        done.landed[path] = rewritten.removed + rewritten.blanked
    if settings.landing is not None:
        found = _rewritten(settings.landing / SCHEMA, persons, key, [], write=False)
        done.elsewhere = [path for path, _ in found]
    done.searched = byte_search.search([settings.home, *_beside(settings)], [*pseudonyms, *sorted(identifiers)], key)
    if identifiers:
        done.not_rewritten = [path for path in done.not_rewritten if path in done.searched.found]
    longest = sorted(texts, key=len, reverse=True)[:_MOST_TEXTS]
    # What others' rows in landed files say in the same words is theirs.
    also = byte_search.search(
        [path for path in settings.home.iterdir() if path.is_dir() and path != settings.home_landing], longest, key
    )
    done.searched.found += [path for path in also.found if path not in done.searched.found]
    return done


def going(tables: Lake, pseudonym: str, kind: str, key: VaultKey) -> list[Tombstone]:
    """The tombstones of a person and of what goes with the person; those of an earlier, killed request among them."""
    request = key.pseudonym("request to forget", pseudonym)
    today = datetime.datetime.now(datetime.UTC).date()
    found = {(kind, pseudonym): Tombstone(pseudonym, kind, request, CHILD if kind == "staff" else None, today)}
    if kind == "child":
        for column, what in WITH_CHILD.items():
            for code in _beside_child(tables, column, pseudonym):
                found[what, code] = Tombstone(code, what, request, None, today)
        for column, what in SHARED.items():
            for code in _beside_child(tables, column, pseudonym):
                if not _of_others(tables, column, code, pseudonym):
                    found[what, code] = Tombstone(code, what, request, CHILD, today)
    for earlier in tombstones(tables, table_of_forgotten(f"{SCHEMA}.any")):
        if earlier.request == request:
            found[earlier.kind, earlier.pseudonym] = earlier
    return list(found.values())


def persons_in_files(gone: Sequence[Tombstone], key: VaultKey) -> Persons:
    """Who is to go, as landed files name them."""
    pseudonyms = {(one.kind, one.pseudonym) for one in gone}
    kinds = {one.kind for one in gone}

    @cache
    def is_gone(kind: str, text: str) -> bool:
        code = text.strip() if kind == FLAG else key.pseudonym(kind, text)
        return kind in kinds and (kind, code) in pseudonyms

    return Persons(identifying_columns(), is_gone, {one.kind: one.kept_by for one in gone}, _codes())


@cache
def identifying_columns() -> Mapping[str, str]:
    """What kind of thing a column of a landed file identifies, by its canonical name."""
    from socialai_assets.ingest.contract import describe

    columns = [column for contract in contracts_of("children") for column in describe(contract)]
    return {column.name: column.identifies for column in columns if column.identifies is not None} | {"flag_id": FLAG}


@cache
def _codes() -> frozenset[str]:
    from socialai_assets.ingest.contract import describe

    return frozenset(column.name for contract in contracts_of("children") for column in describe(contract))


def _beside_child(tables: Lake, column: str, child: str) -> set[str]:
    """Codes that stand beside a child in any table."""
    return {
        code
        for table in _with_columns(tables, CHILD, column)
        for code in _values(
            tables, f'SELECT DISTINCT "{column}" FROM lake.{table} WHERE "{CHILD}" = $child', child=child
        )
    }


def _of_others(tables: Lake, column: str, code: str, child: str) -> bool:
    """Whether a code stands beside other children too."""
    return any(
        _values(
            tables,
            f'SELECT "{CHILD}" FROM lake.{table} WHERE "{column}" = $code AND "{CHILD}" <> $child LIMIT 1',
            code=code,
            child=child,
        )
        for table in _with_columns(tables, CHILD, column)
    )


def _with_columns(tables: Lake, *columns: str) -> list[str]:
    return [table for table in tables.tables() if set(columns) <= set(tables.columns(table))]


def _values(tables: Lake, query: str, **values: str) -> list[str]:
    with contextlib.closing(tables.cursor()) as cursor:
        return [value for (value,) in cursor.execute(query, values).fetchall() if value is not None]


def _rewritten(
    folder: Path, persons: Persons, key: VaultKey, not_rewritten: list[Path], *, write: bool = True
) -> Iterator[tuple[Path, Rewritten]]:
    """Landed files that hold the persons, written anew without them where `write` says so."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = path.name.removesuffix(sealed_file.SUFFIX)
        if not path.is_file() or name.endswith((".yaml", ".yml")):
            continue
        is_sealed = sealed_file.is_sealed(path)
        content = sealed_file.unseal(path, key) if is_sealed else path.read_bytes()
        try:
            rewritten = without_persons(content, name, _as_mapped(persons, path))
        except ValueError:
            rewritten = None
        if rewritten is None:
            not_rewritten.append(path)
        elif rewritten.content != content:
            if write:
                _write(rewritten.content, path, key, is_sealed)
            yield path, rewritten


def _as_mapped(persons: Persons, path: Path) -> Persons:
    """Who is to go, by the headings of a file with a mapping beside it."""
    from resources.landing import LandedFile
    from socialai_assets.ingest.mapping import load_mapping

    mapping = LandedFile(path, path.name).mapping
    if mapping is None:
        return persons
    try:
        headings = load_mapping(mapping).columns
    except LandingError:
        return persons
    renamed = {headings.get(name, name): kind for name, kind in persons.columns.items()}
    kept_by = {kind: name and headings.get(name, name) for kind, name in persons.kept_by.items()}
    return Persons(renamed, persons.is_gone, kept_by, persons.codes | {headings.get(c, c) for c in persons.codes})


def _write(content: bytes, path: Path, key: VaultKey, is_sealed: bool) -> None:
    if is_sealed:
        sealed_file.write_sealed(content, path, key)
        return
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


def _beside(settings: Settings) -> list[Path]:
    """What of the vault and lake is outside the home, and where DuckDB spills to."""
    places = [settings.vault_data, settings.lake_data, str(Path.cwd() / ".tmp")]
    folders = [Path(place) for place in places if place and "://" not in place]
    return [folder for folder in folders if folder.is_dir() and not folder.is_relative_to(settings.home)]


def require_kind(kind: str) -> None:
    """Raise where nobody of a kind can be forgotten.

    Raises:
        VaultError: the kind is not one of `KINDS`.
    """
    if kind not in KINDS:
        raise VaultError(f"Nobody of kind `{kind}` can be forgotten", do=f"Write one of {', '.join(KINDS)}.")
