"""Tests against servers that are not ours; `make test-servers` installs and names one."""

import os

if "PAPER_RAG_SERVER_PYTHON" not in os.environ:
    collect_ignore_glob = ["test_*.py"]
