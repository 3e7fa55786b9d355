"""From files to the library: reading, telling papers apart, committing without loss."""

from rag.ingest.commit import text_key
from rag.ingest.files import ReadFile, Report, SourceFile, digest, spooled
from rag.ingest.ray import RayIngest
from rag.ingest.writer import Writer

__all__ = [
    "RayIngest",
    "ReadFile",
    "Report",
    "SourceFile",
    "Writer",
    "digest",
    "spooled",
    "text_key",
]
