"""What several tests need: a marker of paper, a small event, the command in and out of this process."""
