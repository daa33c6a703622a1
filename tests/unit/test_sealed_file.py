"""Sealed files: nothing in clear on the disk, equal content equal bytes, tampering found."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.errors import VaultError
from resources.sealed_file import is_sealed, opened, seal, seal_in_place, unseal, write_sealed
from resources.vault_key import VaultKey

CONTENT = b"child_id,nombre\n12345678,MARIA QUISPE\n"


@pytest.fixture
def key(tmp_path: Path) -> VaultKey:
    return VaultKey.from_file(tmp_path / "vault.key", make=True)


def test_what_was_sealed_can_be_read_with_the_key_and_stands_nowhere_in_clear(key: VaultKey, tmp_path: Path) -> None:
    clear = tmp_path / "children.csv"
    clear.write_bytes(CONTENT)
    sealed = seal_in_place(clear, key)
    assert not clear.exists() and is_sealed(sealed) and unseal(sealed, key) == CONTENT
    assert not any(b"QUISPE" in path.read_bytes() for path in tmp_path.iterdir())
    with opened(sealed, key) as path:
        assert path.name == "children.csv" and path.read_bytes() == CONTENT
        assert path.resolve().is_relative_to("/proc") or "memfd" in str(path.readlink()) or path.is_symlink()
        assert not any(b"QUISPE" in file.read_bytes() for file in path.parent.iterdir() if not file.is_symlink())
    assert not path.exists()


def test_equal_content_is_sealed_to_equal_bytes_and_another_key_gives_others(key: VaultKey, tmp_path: Path) -> None:
    other = VaultKey.from_file(tmp_path / "other.key", make=True)
    assert seal(CONTENT, key) == seal(CONTENT, key) != seal(CONTENT + b"x", key)
    assert seal(CONTENT, key) != seal(CONTENT, other)


@pytest.mark.parametrize("damage", ["flipped", "cut", "foreign", "header"])
def test_what_was_changed_is_refused_and_nothing_of_it_is_quoted(key: VaultKey, tmp_path: Path, damage: str) -> None:
    file = write_sealed(CONTENT, tmp_path / "children.csv", key)
    content = bytearray(file.read_bytes())
    if damage == "flipped":
        content[-20] ^= 1
    elif damage == "header":
        content[0] ^= 1
    file.write_bytes(bytes(content[:-5] if damage == "cut" else content))
    reader = VaultKey.from_file(tmp_path / "other.key", make=True) if damage == "foreign" else key
    with pytest.raises(VaultError, match="changed, cut off") as caught:
        unseal(file, reader)
    assert "QUISPE" not in str(caught.value)
