"""How each kind of destination is talked to. No database here: words in, an outcome out."""
