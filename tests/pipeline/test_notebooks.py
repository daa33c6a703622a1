"""The notebooks: each runs from top to bottom on the sample country, and none is kept with what it printed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from resources.settings import PROJECT
from tests.pipeline.command import Home
from tests.prepared_home import home_environment

pytestmark = pytest.mark.long

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


def said(notebook: nbformat.NotebookNode) -> str:
    """All that its cells put out as text."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)


@pytest.fixture
def in_home(prepared: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of a notebook that reads the prepared home, and the folder it writes to."""
    for name, value in home_environment(prepared.path, NOTEBOOK_FILES=str(tmp_path)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("data_scientist", "mae of mine is lower by"),
        ("gis_analyst", "points lie in a district"),
        ("water_engineer", "people_gaining_cautious"),
    ],
)
def test_a_notebook_does_its_task_on_the_sample(in_home: Path, name: str, expected: str) -> None:
    notebook = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=400, resources={"metadata": {"path": str(PROJECT)}}).execute()
    text = said(notebook)
    assert expected in text
    assert "SYNTHETIC" in text, "what rests on the sample says so"
    if name == "gis_analyst":
        import geopandas

        layer = geopandas.read_file(in_home / "poverty.gpkg", layer="districts")
        assert {"estimate", "lower", "upper", "gi_cluster", "made_from"} <= set(layer.columns)
        assert len(layer) and layer.crs is not None


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_kept_without_outputs_and_says_what_its_figures_mean(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    words = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown").lower()
    assert " not " in words and notebook.metadata.kernelspec.name == "python3"
