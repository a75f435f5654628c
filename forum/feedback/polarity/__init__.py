"""The polarity signal: a lexicon's guess at the tone of words about feedback items, never of a person."""
