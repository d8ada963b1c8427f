"""The event: what ``event.toml`` and ``voters.csv`` say, the regulation that governs it, its electorate."""
