"""Fits of the small models that answer, decide and check."""
