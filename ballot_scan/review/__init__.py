"""Review: what waits for people, shown as a page that works without a server; what they say, taken as a file."""
