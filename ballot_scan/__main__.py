"""``python -m ballot_scan`` is ``scan-tally``."""

from ballot_scan.cli import main

if __name__ == "__main__":
    main()
