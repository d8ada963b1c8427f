"""Export: what leaves the room as one file that anybody can verify elsewhere (``docs/formats.md``)."""
