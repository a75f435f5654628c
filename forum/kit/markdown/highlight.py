"""Colours for fenced code: Pygments, classes only, within bounds.

Pygments' lexers are lists of regular expressions; many were not written for hostile input. So: a list of
languages that people post, each tried in the tests against hostile text (Matlab's failed and is left out), and budgets
of characters, of line length and of time.
"""

import time
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from typing import Final

import pygments
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import _TokenType

MAX_HIGHLIGHT: Final = 12_000
"""Characters of code coloured in one post; blocks beyond it stay plain."""
MAX_LINE: Final = 1_000
"""Characters of a line; a block with a longer one is data or an attack, and stays plain."""
MAX_SECONDS: Final = 0.2
"""CPU time for one block, looked at every few tokens; ordinary code of MAX_HIGHLIGHT takes a fifth of it."""

_ALIASES = {
    "arduino": "arduino ino",
    "bash": "bash sh shell zsh ksh",
    "c": "c h",
    "clojure": "clojure clj",
    "cmake": "cmake",
    "common-lisp": "lisp common-lisp elisp",
    "console": "console shell-session sh-session",
    "cpp": "cpp c++ cc hpp cxx",
    "csharp": "csharp c# cs",
    "css": "css",
    "dart": "dart",
    "diff": "diff patch udiff",
    "docker": "docker dockerfile",
    "elixir": "elixir ex exs",
    "erlang": "erlang",
    "fortran": "fortran f90",
    "go": "go golang",
    "graphql": "graphql",
    "haskell": "haskell hs",
    "html": "html htm",
    "http": "http",
    "ini": "ini cfg conf",
    "java": "java",
    "javascript": "javascript js jsx mjs node",
    "jinja": "jinja django",
    "json": "json jsonc geojson",
    "julia": "julia jl",
    "kotlin": "kotlin kt",
    "less": "less",
    "lua": "lua",
    "make": "make makefile mk",
    "markdown": "markdown md",
    "nginx": "nginx",
    "nix": "nix",
    "objective-c": "objective-c objc",
    "ocaml": "ocaml",
    "pascal": "pascal delphi",
    "perl": "perl pl",
    "php": "php",
    "powershell": "powershell ps1 pwsh",
    "pycon": "pycon",
    "python": "python py python3 py3",
    "pytb": "pytb traceback",
    "r": "r rlang",
    "ruby": "ruby rb",
    "rust": "rust rs",
    "scala": "scala",
    "scss": "scss sass",
    "sql": "sql mysql postgresql postgres sqlite",
    "swift": "swift",
    "tex": "tex latex",
    "toml": "toml",
    "typescript": "typescript ts tsx",
    "vim": "vim",
    "xml": "xml svg xhtml rss atom",
    "yaml": "yaml yml",
    "zig": "zig",
}
LANGUAGES: Final = {alias: lexer for lexer, aliases in _ALIASES.items() for alias in aliases.split()}
"""What may follow the fence (case-insensitive) → the name of Pygments' lexer."""

_formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


@cache
def _lexer(name: str) -> Lexer:
    options = {"startinline": True} if name == "php" else {}
    return get_lexer_by_name(name, stripnl=False, ensurenl=False, **options)


def highlight(code: str, language: str) -> str:
    """Return `code` as HTML text with `<span class="…">` tokens; merely escaped for an unknown language.

    Merely escaped too if it is beyond one of the bounds above.
    """
    name = LANGUAGES.get(language.lower())
    if name is None or len(code) > MAX_HIGHLIGHT or max(map(len, code.split("\n"))) > MAX_LINE:
        return escape(code, quote=False)
    try:
        return str(pygments.format(_in_time(_lexer(name).get_tokens(code)), _formatter))
    except TimeoutError:
        return escape(code, quote=False)


def _in_time(tokens: Iterable[tuple[_TokenType, str]]) -> Iterator[tuple[_TokenType, str]]:
    """Raises TimeoutError when the thread has spent MAX_SECONDS of CPU: other load does not change a post."""
    end = time.thread_time() + MAX_SECONDS
    for count, token in enumerate(tokens):
        if count % 8 == 0 and time.thread_time() > end:
            raise TimeoutError
        yield token
