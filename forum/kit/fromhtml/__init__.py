"""Posts of other forums, as they come, in our Markdown. What our Markdown cannot say is said in words.

`to_markdown` for HTML bodies, `tidy_markdown` for Markdown of another flavour. Both are for people who will read,
and may edit, the result: no leftovers of the other engine, no escapes where none are needed.
"""

from forum.kit.fromhtml.convert import Converted, SaveImage, to_markdown
from forum.kit.fromhtml.tidy import tidy_markdown

__all__ = ("Converted", "SaveImage", "tidy_markdown", "to_markdown")
