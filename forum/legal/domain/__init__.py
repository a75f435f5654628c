"""The verbs of the law. Each runs inside the caller's write transaction and never commits."""
