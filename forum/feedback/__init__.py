"""Feedback: what members say, counted by people, brought to the team that can answer, and the answer brought back."""
