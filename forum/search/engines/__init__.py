"""The two engines, and which one this site uses."""
