"""One snapshot as CSV, XLSX, JSON, Markdown, HTML and PDF."""
