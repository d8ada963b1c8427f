"""Rehearsal: invented voters and a simulated scanner, with the truth kept. Knows nothing of the reader."""
