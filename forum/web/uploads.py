"""Serving what people uploaded: pictures that `kit.images` wrote, as inert as a browser can be told to treat them."""

import re
from pathlib import Path

from litestar import Response

from forum.errors import NotFound
from forum.kit.images import NAME

_NAME = re.compile(NAME)
SANDBOX = "default-src 'none'; sandbox"


def serve_picture(folder: Path, name: str) -> Response[bytes]:
    """The picture `name` of `folder`; its content never changes, so it may be kept for ever. Raises NotFound."""
    if not _NAME.fullmatch(name):
        raise NotFound()
    try:
        body = (folder / name).read_bytes()
    except FileNotFoundError:
        raise NotFound() from None
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type="image/webp", headers=headers)
