"""Papers of the count: minutes, report, announcement of turnout, sealing, labels, hand-over, chart."""
