"""What can land, and landing a file into it by the same contract and quarantine as every file. Runs take it in."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from resources.errors import ContractError, LandingError, SettingsError
from resources.landing import MAPPING_FILE, LandingZone
from resources.settings import Settings
from socialai_assets.actions.landings import LandedRows, land_file, source_named
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.problems import BadRequest, responses

router = APIRouter(tags=["landing"])
# What is told of the rows to quarantine; the table `<domain>.quarantine` has all once a run has taken the file in.
MOST_TOLD = 100
_NAME = re.compile(r"[\w][\w .()+-]{0,199}", re.UNICODE)


class SourceAbout(BaseModel):
    """A source."""

    name: str
    title: str
    publisher: str
    licence: str
    files: int = Field(description="How many have landed.")
    synthetic: bool = Field(description="Whether what is used now is the sample country's.")
    patterns: list[str] = Field(description="Names of files it takes.")
    personal: bool = Field(description="Whether it is about persons; its files are sealed as they land.")


class Sources(BaseModel):
    """What can land."""

    sources: list[SourceAbout]


class QuarantinedRow(BaseModel):
    """A row that its contract does not accept."""

    line: int
    reason: str


class Landed(BaseModel):
    """What became of a file."""

    source: str
    file: str
    accepted: int = Field(description="Rows that the contract accepts.")
    quarantined: int = Field(description="Rows that go to quarantine.")
    reasons: list[QuarantinedRow] = Field(description=f"Of the first {MOST_TOLD} of these.")


@router.get("/sources", responses=responses())
def sources(platform: Serving, asker: Asking) -> Sources:
    """The sources, and what has landed."""
    platform.gate.allow(asker, "land")
    return Sources(sources=_sources(platform.settings))


def _sources(settings: Settings) -> list[SourceAbout]:
    from socialai_assets.catalog import all_sources

    found = all_sources(settings)
    zone = LandingZone.from_settings(settings, found)
    listed = []
    for source in found:
        files = zone.files(source)
        listed.append(
            SourceAbout(
                name=f"{source.domain}.{source.name}",
                title=source.title,
                publisher=source.publisher,
                licence=source.licence,
                files=len(files),
                synthetic=any(file.synthetic for file in files),
                patterns=list(source.patterns),
                personal=source.is_personal,
            )
        )
    return listed


@router.post("/sources/{source}/files", status_code=201, responses=responses(404, 413, 422))
async def land(
    platform: Serving,
    asker: Asking,
    source: str,
    file: Annotated[UploadFile, File(description="The file; one of the same name is replaced.")],
    mapping: Annotated[UploadFile | None, File(description="A mapping.yaml for a file of another shape.")] = None,
) -> Landed:
    """Land a file into a source: it is read once, and what would go to quarantine is told with the reason."""
    platform.gate.allow(asker, "land")
    found = source_named(source, platform.settings)
    name = _safe(file.filename)
    with tempfile.TemporaryDirectory() as folder:
        path, beside = Path(folder) / name, None
        await _keep(file, path)
        if mapping is not None:
            beside = Path(folder) / f"{name}.{MAPPING_FILE}"
            await _keep(mapping, beside)
        landed = await run_in_threadpool(_land, path, f"{found.domain}.{found.name}", beside, platform.settings)
    rejected = landed.quarantined.head(MOST_TOLD)
    return Landed(
        source=f"{found.domain}.{found.name}",
        file=name,
        accepted=landed.accepted,
        quarantined=len(landed.quarantined),
        reasons=[
            QuarantinedRow(line=int(row["file_line"]), reason=str(row["reason"])) for row in rejected.to_dict("records")
        ],
    )


def _land(path: Path, source: str, mapping: Path | None, settings: Settings) -> LandedRows:
    try:
        return land_file(path, source, mapping, settings)
    except (LandingError, ContractError, SettingsError) as error:
        # Where our copy lay for a moment helps nobody.
        what = error.what.replace(f"{path.parent}/", "")
        raise BadRequest(f"Nothing has landed: {what}", do=error.do) from error


def _safe(name: str | None) -> str:
    if name is None or not _NAME.fullmatch(name) or name.endswith(MAPPING_FILE):
        raise BadRequest(
            "The file has no name that a landed file can have",
            do="Name it with letters, digits, spaces and . - _ ( ) +, beginning with a letter or digit.",
        )
    return name


async def _keep(sent: UploadFile, path: Path) -> None:
    with path.open("wb") as stream:
        while part := await sent.read(1 << 20):
            stream.write(part)
