"""Search: the words, the two engines, and what a reader gets to see of what they find."""
