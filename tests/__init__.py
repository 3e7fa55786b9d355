"""Tests: `make quick` runs the fast ones, `make test` all."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
