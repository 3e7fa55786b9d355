"""From files to the library: reading, telling papers apart, committing without loss."""

from rag.ingest.add import add_files, add_papers, add_records, remove_papers, writer_for
from rag.ingest.commit import text_key
from rag.ingest.deduplicate import keys
from rag.ingest.files import Progress, ReadFile, SourceFile, digest
from rag.ingest.ray import RayIngest
from rag.ingest.writer import Writer

__all__ = [
    "Progress",
    "RayIngest",
    "ReadFile",
    "SourceFile",
    "Writer",
    "add_files",
    "add_papers",
    "add_records",
    "digest",
    "keys",
    "remove_papers",
    "text_key",
    "writer_for",
]
