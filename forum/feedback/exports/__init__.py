"""Summaries and exports: one snapshot of the figures, in every format that a team uses."""
