"""The embedded engine: Whoosh keeps the words on disk, our own few lines rank them."""
