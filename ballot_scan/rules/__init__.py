"""Rules: which ballots are doubtful, what rows and ballots count for, whether paper and numbers agree."""
