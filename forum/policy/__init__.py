"""Who may see and do what. The only permission module: a file per noun, in pairs.

`visible_x(actor)` is a SQL predicate, `require_verb(actor, x)` raises. Invisible is NotFound, visible but
refused is Forbidden. `tests/integration/matrix/test_matrix.py` holds both halves against role × state × surface.
"""
