// Feedback: keys of the inbox, and of the board's list.
