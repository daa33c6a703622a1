"""The sample country: synthetic landing files with their planted truth beside them. Reads nothing real by itself."""

from socialai_assets.ingest.sample.areas import SampleAreas
from socialai_assets.ingest.sample.writing import INPUTS, write_sample

__all__ = ["INPUTS", "SampleAreas", "write_sample"]
