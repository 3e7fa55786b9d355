"""Scores of answers and retrieval: metrics, a judge, robustness."""
