"""Every select of moderation, a file for each of its places; frozen structs go out."""
