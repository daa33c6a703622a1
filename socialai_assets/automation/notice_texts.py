"""What a notice says, in its reader's language: from notice_words.yaml. Decides nothing, sends nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from resources.notifier import Alert
from socialai_assets.automation.notice_settings import NoticeSettings
from socialai_assets.automation.notices import NEXT, Notice


def mail_of(notices: Sequence[Notice], settings: NoticeSettings, area_names: Mapping[str, str]) -> Alert:
    """One mail of all that a reader is to be told.

    Args:
        notices: of one reader, at least one.
        settings: where to look.
        area_names: by code.
    """
    words = _words()[notices[0].reader.language]
    parts = [_part(notice, words, settings, area_names) for notice in notices]
    first = _line(notices[0], words, area_names)
    subject = first if len(notices) == 1 else words["many"].format(number=len(notices))
    return Alert(subject, "\n\n".join([*parts, words["silence"]]), notices[0].matter.key, "info")


def _part(notice: Notice, words: Mapping[str, Any], settings: NoticeSettings, area_names: Mapping[str, str]) -> str:
    matter = notice.matter
    lines = [_line(notice, words, area_names)]
    if notice.step == NEXT:
        lines.append(words["escalated"])
    if matter.facts.get("synthetic") == "yes":
        lines.append(words["synthetic"])
    page = settings.address.rstrip("/") + settings.kinds[matter.kind].page
    return "\n".join([*lines, words["look"].format(page=page)])


def _line(notice: Notice, words: Mapping[str, Any], area_names: Mapping[str, str]) -> str:
    matter = notice.matter
    where = words["everywhere"] if matter.area_id is None else area_names.get(matter.area_id, matter.area_id)
    facts = {name: words["words"].get(fact, fact) for name, fact in matter.facts.items()}
    text = words["kinds"][matter.kind].format(where=where, **facts)
    # A header has one line, whatever a name in a table holds.
    return " ".join(text.split())


@cache
def _words() -> dict[str, Any]:
    import yaml

    return yaml.safe_load(files("socialai_assets").joinpath("automation/notice_words.yaml").read_text("utf-8"))
