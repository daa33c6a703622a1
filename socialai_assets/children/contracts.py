"""Children's tables: what each column says and may hold. What lands is in input_contracts.py.

A table with a personal column is in the vault, all others in the open lake.
"""

from __future__ import annotations

from socialai_assets.children.input_contracts import AttendanceInput as AttendanceInput
from socialai_assets.children.input_contracts import CasesInput as CasesInput
from socialai_assets.children.input_contracts import ChildrenInput as ChildrenInput
from socialai_assets.children.input_contracts import EnrolmentsInput as EnrolmentsInput
from socialai_assets.children.input_contracts import HouseholdsInput as HouseholdsInput
from socialai_assets.children.input_contracts import InterventionsInput as InterventionsInput
from socialai_assets.children.input_contracts import MarksInput as MarksInput
from socialai_assets.children.input_contracts import OutcomesInput as OutcomesInput
from socialai_assets.children.input_contracts import ReviewsInput as ReviewsInput
from socialai_assets.children.input_contracts import SchoolsInput as SchoolsInput
from socialai_assets.children.input_contracts import ServicesInput as ServicesInput
from socialai_assets.children.input_contracts import StaffInput as StaffInput
from socialai_assets.children.input_contracts import SupportInput as SupportInput
from socialai_assets.children.input_contracts import TermsInput as TermsInput
from socialai_assets.children.release_contracts import LambayequeAttended as LambayequeAttended
from socialai_assets.children.release_contracts import LambayequeScreenings as LambayequeScreenings
from socialai_assets.children.release_contracts import PublishedCells as PublishedCells
from socialai_assets.children.release_contracts import ReleaseCounts as ReleaseCounts
from socialai_assets.children.release_contracts import ReleaseGroups as ReleaseGroups
from socialai_assets.children.release_contracts import Releases as Releases
from socialai_assets.ingest.contract import QuarantineContract


class Quarantine(QuarantineContract):
    """Landed rows on places and services that broke their source's contract; those on persons are in the vault."""

    class Config:
        name = "children.quarantine"
