"""Every select() of the law, by who reads."""
