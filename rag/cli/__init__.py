"""The command line: what is typed, and how results look on a terminal."""
