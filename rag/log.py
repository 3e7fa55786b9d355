"""What the package reports while it works, for people who look for a fault."""

from __future__ import annotations

import logging


def configure(level: str) -> None:
    """Log to stderr what the package reports from `level` on: "debug", "info", …; "" does nothing.

    Only front ends call this: a program that imports the package has a logging of its own.
    """
    if not level:
        return
    logger = logging.getLogger("rag")
    logger.setLevel(level.upper())
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
        logger.addHandler(handler)
