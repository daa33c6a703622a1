"""Pictures as assets hand them over: shown in the UI's metadata, and versioned by content. Draws nothing."""

import base64
import hashlib
from io import BytesIO

from dagster import DataVersion, MetadataValue


def shown(picture: bytes, *, smaller: bool = False) -> MetadataValue:
    """A PNG as the UI shows it in an asset's metadata.

    Args:
        picture: the PNG.
        smaller: at half its size and few colours, for large ones; not drawn again, since a dozen panels take seconds.
    """
    if smaller:
        from PIL import Image

        whole, small = Image.open(BytesIO(picture)), BytesIO()
        whole.reduce(2).convert("P", palette=Image.Palette.ADAPTIVE).save(small, "PNG")
        picture = small.getvalue()
    return MetadataValue.md(f"![picture](data:image/png;base64,{base64.b64encode(picture).decode()})")


def version_of(*contents: bytes) -> DataVersion:
    """The data version of files: a hash of their contents."""
    digest = hashlib.sha256()
    for content in contents:
        digest.update(content)
    return DataVersion(digest.hexdigest()[:32])
