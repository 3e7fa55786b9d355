"""Benchmarks of speed, memory and retrieval: `python -m eval.bench.NAME`."""
