"""Paper: ballots, guidance sheet, codes and the geometry that printer and reader share."""
