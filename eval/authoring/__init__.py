"""Question sets: drafting them, finding their faults."""
