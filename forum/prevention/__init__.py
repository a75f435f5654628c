"""What looks at every new text before it is shown: phases in a fixed order, each recorded for the moderators."""
