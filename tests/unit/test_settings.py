"""Settings: where they come from, which wins, and that a wrong one fails with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources import settings as module
from resources.errors import SettingsError
from resources.settings import Settings, load


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `.env` and `socialai.toml` are read."""
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setitem(Settings.model_config, "toml_file", tmp_path / "socialai.toml")
    return tmp_path


def test_the_default_home_is_in_the_project_and_the_lake_in_the_home(files: Path) -> None:
    settings = load()
    assert settings.home == module.PROJECT / ".socialai"
    assert settings.catalog == f"sqlite:{settings.home}/lake/catalog.sqlite"
    assert settings.data_path == f"{settings.home}/lake/data/"


def test_environment_beats_dotenv_beats_toml(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "socialai.toml").write_text("threads = 3\nsample_seed = 3\nsnapshot_days = 3\n")
    (files / ".env").write_text("SOCIALAI_THREADS=4\nSOCIALAI_SAMPLE_SEED=4\n")
    monkeypatch.setenv("SOCIALAI_THREADS", "5")
    settings = load()
    assert (settings.threads, settings.sample_seed, settings.snapshot_days) == (5, 4, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAMPLE", "some"),
        ("SAMPLE_SCALE", "0"),
        ("THREADS", "many"),
        ("MEMORY_LIMIT", "lots"),
        ("NOTIFIER", "pigeon"),
        ("UI_PORT", "70000"),
        ("APPROVAL", "poverty=sometimes"),
        ("APPROVAL", "poverty"),
    ],
)
def test_a_wrong_value_fails_with_its_name(files: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SOCIALAI_{name}", value)
    with pytest.raises(SettingsError, match=f"`{name.lower()}` is wrong.*SOCIALAI_{name}"):
        load()


def test_an_unknown_variable_is_refused_with_the_likely_name(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCIALAI_LANDNG", "/data")
    with pytest.raises(SettingsError, match=r"SOCIALAI_LANDNG.*Did you mean `landing`"):
        load()


def test_an_unknown_key_in_the_file_is_refused(files: Path) -> None:
    (files / "socialai.toml").write_text("hom = '/x'\n")
    with pytest.raises(SettingsError, match=r"`hom`.*Did you mean `home`"):
        load()


def test_a_landing_folder_must_exist(files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOCIALAI_LANDING", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match=r"does not exist.*nowhere"):
        load()


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_operations_page_lists_every_setting_with_its_meaning() -> None:
    page = (module.PROJECT / "docs" / "operations.md").read_text()
    missing = [
        name
        for name, field in Settings.model_fields.items()
        if f"`SOCIALAI_{name.upper()}`" not in page or str(field.description) not in page
    ]
    assert missing == []


def test_approval_is_stated_by_domain(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    domains = ("poverty", "aid", "children")
    assert [load().approval_required(domain) for domain in domains] == [False, False, True]
    monkeypatch.setenv("SOCIALAI_APPROVAL", "poverty=required, children=automatic")
    assert [load().approval_required(domain) for domain in domains] == [True, False, False]
    monkeypatch.delenv("SOCIALAI_APPROVAL")
    (files / "socialai.toml").write_text('[approval]\naid = "required"\n')
    assert [load().approval_required(domain) for domain in domains] == [False, True, True]
