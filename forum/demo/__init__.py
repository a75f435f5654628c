"""The demo community: its content, and what loads it."""

NOTE = "demo.txt"
"""In the data folder of a demo: how to sign in. `forum serve` says it again at every start."""
