"""What leaves the house: summaries by mail and webhook when they are due, issues in other people's trackers."""
