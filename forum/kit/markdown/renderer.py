"""Tokens to HTML, in the shapes that the look's `.prose` and the sanitiser's allowlist know."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from forum.kit.markdown.highlight import MAX_HIGHLIGHT, highlight
from forum.kit.sanitise import REL, is_external

_ALIGN: Final = {"text-align:center": ' class="center"', "text-align:right": ' class="end"'}
_SIZE = re.compile(r"-(\d{1,5})x(\d{1,5})\.[a-z]+$")
MAX_BACKREFS: Final = 10
"""Ways back from one footnote; a note cited five thousand times would make a megabyte of arrows."""
LABEL_LENGTH: Final = 100
"""Characters of a table's spoken name."""


class PostRenderer(RendererHTML):
    """One method per token type that does not render by itself; `env` carries the render's own facts.

    `env["anchor"]`: str, makes footnote ids unique on a page; `env["known"]`: mentions, lower-case name to the
    name in the address; `env["coloured"]`: characters of code coloured so far.
    """

    def renderInlineAsText(  # noqa: N802  (markdown-it's name)
        self, tokens: Sequence[Token] | None, options: OptionsDict, env: EnvType
    ) -> str:
        """Spoken names and alternative texts: with the mentions, without what a spoiler hides."""
        out: list[str] = []
        hidden = 0
        for token in tokens or ():
            if token.type.startswith("spoiler"):
                hidden += token.nesting
                out.append("…" if token.nesting == 1 else "")
            elif hidden:
                continue
            elif token.type in {"text", "code_inline", "mention"}:
                out.append(token.content)
            elif token.type == "image":
                out.append(self.renderInlineAsText(token.children, options, env))
            elif token.type in {"softbreak", "hardbreak"}:
                out.append(" ")
        return "".join(out)

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        code, info = tokens[idx].content, tokens[idx].info.split(maxsplit=1)
        if info and env["coloured"] + len(code) <= MAX_HIGHLIGHT:
            env["coloured"] += len(code)
            inner = highlight(code, info[0])
        else:
            inner = escape(code, quote=False)
        return f'<pre tabindex="0"><code>{inner}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content, quote=False)}</code></pre>\n'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A table scrolls in its own box, which the keyboard reaches, so it needs a name: its column heads.

        They are in the post's own language, which a word of ours, cooked once for all readers, would not be.
        """
        heads: list[str] = []
        for token in tokens[idx:]:
            if token.type == "thead_close":
                break
            if token.type == "inline":
                heads.append(self.renderInlineAsText(token.children, options, env).strip())
        label = ", ".join(filter(None, heads))[:LABEL_LENGTH]
        named = f' role="region" aria-label="{escape(label)}"' if label else ""
        return f'<div class="scroll" tabindex="0"{named}>\n<table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table>\n</div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if not tokens[idx + 1].content.strip():
            return "<td>"  # the empty corner of a table heads nothing
        return f'<th scope="col"{_ALIGN.get(str(tokens[idx].attrs.get("style")), "")}>'

    def th_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</th>\n" if tokens[idx - 1].content.strip() else "</td>\n"

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<td{_ALIGN.get(str(tokens[idx].attrs.get('style')), '')}>"

    def list_item_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if "checked" not in tokens[idx].meta:
            return self.renderToken(tokens, idx, options, env)
        checked = " checked" if tokens[idx].meta["checked"] else ""
        words = next((token for token in tokens[idx:] if token.type == "inline"), None)
        name = self.renderInlineAsText(words.children, options, env).strip()[:LABEL_LENGTH] if words else ""
        return f'<li class="task"><input type="checkbox" disabled{checked} aria-label="{escape(name)}"> '

    def bullet_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self._list(tokens, idx, options, env)

    def ordered_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self._list(tokens, idx, options, env)

    def _list(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if tokens[idx].attrs.get("class"):  # markdown-it's own name for a list with tasks
            tokens[idx].attrs["class"] = "tasks"
        return self.renderToken(tokens, idx, options, env)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        href = str(tokens[idx].attrs["href"])
        title = tokens[idx].attrs.get("title")
        titled = f' title="{escape(str(title))}"' if title else ""
        rel = f' rel="{REL}"' if is_external(href) else ""
        return f'<a href="{escape(href)}"{titled}{rel}>'

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """An upload of ours. Its address carries its size (`…-760x340.webp`), so nothing moves when it loads."""
        token = tokens[idx]
        src = str(token.attrs["src"])
        size = _SIZE.search(src)
        sized = f' width="{size[1]}" height="{size[2]}"' if size else ""
        alt = escape(self.renderInlineAsText(token.children, options, env))
        title = token.attrs.get("title")
        titled = f' title="{escape(str(title))}"' if title and not token.meta.get("captioned") else ""
        return f'<img src="{escape(src)}" alt="{alt}"{titled}{sized} loading="lazy" decoding="async">'

    def figure_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<figure>"

    def figure_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        caption = tokens[idx].content
        return f"<figcaption>{escape(caption)}</figcaption></figure>\n" if caption else "</figure>\n"

    def mention(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        known: Mapping[str, str] = env["known"]
        name = known.get(tokens[idx].meta["name"])
        text = escape(tokens[idx].content)
        return text if name is None else f'<a class="mention" href="/u/{escape(name)}">{text}</a>'

    def spoiler_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A check box and what it uncovers: works by key and without scripts, and may stand inside a line.

        (`<details>` may not.) “Spoiler” is the word in English and in Italian.
        """
        return '<label class="spoiler"><input type="checkbox" aria-label="Spoiler"><span>'

    def spoiler_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</span></label>"

    def spoiler_block_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<details class="spoiler"><summary>Spoiler</summary>\n'

    def spoiler_block_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</details>\n"


def _note(token: Token, env: EnvType, *, sub: bool = True) -> str:
    """`x1f-2`, or `x1f-2-1` for the second reference to the same note."""
    number = f"{env['anchor']}-{token.meta['id'] + 1}"
    repeat = token.meta.get("subId", 0)
    return f"{number}-{repeat}" if sub and repeat > 0 else number


def footnote_ref(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """The raised number in the text."""
    token = tokens[idx]
    to, own_id = _note(token, env, sub=False), f' id="fnref-{_note(token, env)}"'
    if token.meta.get("subId", 0) >= MAX_BACKREFS:
        own_id = ""
    number = token.meta["id"] + 1
    return f'<sup class="footnote-ref"><a href="#fn-{to}"{own_id} role="doc-noteref">{number}</a></sup>'


def footnote_block_open(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    """The notes stand below the post, numbered by their list."""
    return '<section class="footnotes" role="doc-endnotes">\n<ol>\n'


def footnote_open(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """One note."""
    return f'<li id="fn-{_note(tokens[idx], env, sub=False)}">'


def footnote_anchor(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """The way back. The variation selector keeps the arrow from turning into a picture on phones."""
    if tokens[idx].meta.get("subId", 0) >= MAX_BACKREFS:
        return ""
    here = _note(tokens[idx], env)
    return f' <a class="footnote-backref" href="#fnref-{here}" role="doc-backlink">\u21a9\ufe0e</a>'


FOOTNOTE_RULES: Final = {
    "footnote_ref": footnote_ref,
    "footnote_block_open": footnote_block_open,
    "footnote_open": footnote_open,
    "footnote_anchor": footnote_anchor,
}
"""They replace the plugin's own, which write ids that clash between the posts of a page."""
