"""Scan: paths become page images, page images become readings."""
