"""Attack strings through the whole kitchen, judged on what a browser would be given."""

import re
from html.parser import HTMLParser

import pytest

from forum.kit.markdown import cook
from forum.kit.sanitise import CLASSES, REL, TAGS, clean, is_external, is_own_picture, is_safe_url

SCRIPTS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'//>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<img srcset='x,javascript:alert(1)' src=/uploads/a.png>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /><a><text>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml;base64,PHN2Zy8+#x'></use></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<math href='javascript:alert(1)'>x</math>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<select><style></select><img src=x onerror=alert(1)></style></select>",
    "<table><td background='javascript:alert(1)'>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='data:text/html,<script>alert(1)</script>'>",
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<input type=text name=_csrf value=x autofocus onfocus=alert(1)>",
    "<input type=image src=x formaction=//evil.example>",
    "<base href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<div style=position:fixed;inset:0>x</div>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<body onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;&#97;vascript:alert(1)'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='https://a.example' target=_top ping=//evil.example>x</a>",
    "<a id=location href=/x>x</a><a id=location name=href href=/y>y</a>",
    "<div id=csrf></div><form id=test></form>",
    "<p hx-get='/admin' hx-trigger='load'>x</p>",
    "<p data-hx-post='/logout' data-hx-trigger=load>x</p>",
    "<div hx-on:click='alert(1)' hx-ext=x hx-vals='js:{a:alert(1)}'>x</div>",
    "<button hx-delete='/posts/1' class='button button--primary'>x</button>",
    "<div class='masthead notice' aria-live=assertive role=alert>x</div>",
    "<img src=https://evil.example/pixel.gif>",
    "<img src=data:image/svg+xml,<svg/onload=alert(1)>>",
    "<img src=/uploads/../admin/delete>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<x/onclick=alert(1)>x",
    "<a\x00 href=javascript:alert(1)>x</a>",
    "<p/title='><img src=x onerror=alert(1)>'>",
    "</p></div></article><script>alert(1)</script>",
    "<label class=spoiler><input type=password name=password>",
    "<li class=task><input formaction=x type=submit>",
    "<span class='k hidden'>x</span><span class=unread>x</span>",
]
MARKDOWN = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](%6aavascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://a.example/1)",
    "[x](view-source:javascript:alert(1))",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](https:evil.example)",
    "[x](//evil.example/%0d%0aSet-Cookie:a)",
    '[x](https://a.example "onmouseover=alert(1)" onclick=alert(1))',
    '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")',
    "[x][r]\n\n[r]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](/uploads/a.png)',
    '![x](/uploads/a.png" onerror="alert(1))',
    "![x](/uploads/%2e%2e/admin)",
    "![x](https://evil.example/a.png)",
    "![x](data:image/png;base64,AAAA)",
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```python\nx = '<script>alert(1)</script>'\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    '|<script>|x|\n|-|-|\n|<img src=x onerror=alert(1)>|"><svg onload=alert(1)>|',
    '> [x" onclick="alert(1)](/p/1):\n> <script>alert(1)</script>',
    "> [![x](https://evil.example/a.png)](/p/1):",
    "> [x](/p/1):\n> [y](/p/99999999999999999999)",
    "||<script>alert(1)</script>||",
    "[||x||](javascript:alert(1))",
    ">! <img src=x onerror=alert(1)>",
    '@evil"onclick=alert(1)',
    "[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    '[^"onclick=alert(1)]\n\n[^"onclick=alert(1)]: x',
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<script>alert(1)</script>",
    "http://a.example/javascript:alert(1)",
    'www.a.example"onclick=alert(1)',
    "# <svg onload=alert(1)>",
    "- [x] <input onfocus=alert(1) autofocus>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
]

# What the serialiser may write, and nothing else; a `<` in text is always `&lt;`
_GRAMMAR = re.compile(r'(?:[^<]|</[a-z][a-z0-9]*>|<[a-z][a-z0-9]*(?: [a-z-]+="[^"]*")*>)*')
_ATTRIBUTES = {
    "href", "title", "id", "rel", "role", "class", "data-post", "aria-label", "tabindex", "src", "alt", "width",
    "height", "loading", "decoding", "checked", "disabled", "type", "start", "scope",
}  # fmt: skip
_IDS = re.compile(r"fn(ref)?-[A-Za-z0-9]+-\d+(-\d+)?")


class Judge(HTMLParser):
    """Fails on whatever a post may not do."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert tag in TAGS
        for name, given in attrs:
            value = given or ""
            assert name in _ATTRIBUTES, (tag, name)
            if name == "href":
                assert is_safe_url(value), value
                assert re.match(r"(?i)https?://|mailto:|/(?![/\\])|#|\?", value), value
            elif name == "src":
                assert tag == "img"
                assert is_own_picture(value), value
            elif name == "id":
                assert _IDS.fullmatch(value), value
            elif name == "class":
                assert set(value.split()) <= CLASSES[tag], (tag, value)
            elif name == "type":
                assert value == "checkbox"
        if tag == "input":
            assert dict(attrs)["type"] == "checkbox"
            assert "name" not in dict(attrs)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def judge(html: str) -> list[str]:
    """The tags in `html`, all of them harmless. Clean HTML stays as it is: nothing is left to mutate."""
    assert _GRAMMAR.fullmatch(html), html
    assert clean(html) == html
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.seen


@pytest.mark.parametrize("attack", SCRIPTS)
def test_html_in_a_post_is_text(attack: str) -> None:
    source = f"vorher {attack} nachher\n\n{attack}\n\n> {attack}\n\n- {attack}"
    cooked = cook(source, mentions=lambda names: {name: name for name in names})
    tags = judge(cooked.html)
    assert not {"img", "details", "label", "span"} & set(tags)
    assert "alert(1)" not in "".join(re.findall(r"<[^>]*>", cooked.html))


@pytest.mark.parametrize("attack", MARKDOWN)
def test_markdown_carries_nothing_harmful(attack: str) -> None:
    cooked = cook(attack, mentions=lambda names: {name: name for name in names})
    judge(cooked.html)
    assert all(is_safe_url(link) for link in cooked.links)


@pytest.mark.parametrize("attack", [*SCRIPTS, *MARKDOWN])
def test_the_sanitiser_needs_no_renderer_before_it(attack: str) -> None:
    judge(clean(attack))
    judge(clean(f"<p><blockquote>{attack}</blockquote><ul><li>{attack}</ul>"))


def test_there_are_enough_attacks() -> None:
    assert len(set(SCRIPTS) | set(MARKDOWN)) >= 100


@pytest.mark.parametrize("name", ["hx-get", "data-hx-get", "onclick", "style", "srcset", "formaction", "ping", "name"])
def test_attributes_that_act_are_dropped_from_every_tag(name: str) -> None:
    for tag in TAGS:
        assert name not in clean(f'<{tag} {name}="x" title="y">z</{tag}>')


def test_what_the_renderer_writes_passes_unchanged() -> None:
    kept = (
        '<blockquote class="quote" data-post="7">\n<p class="cite"><a href="/p/7">N</a></p>\n</blockquote>\n'
        f'<p><a href="https://a.example/" title="t" rel="{REL}">x</a> '
        '<a class="mention" href="/u/nadia">@nadia</a></p>\n'
        '<p><img src="/uploads/images/a-3x4.webp" alt="" width="3" height="4" loading="lazy" decoding="async"></p>\n'
        '<div class="scroll" tabindex="0" role="region" aria-label="a">\n'
        '<table><thead><tr><th scope="col" class="end">a</th></tr></thead></table></div>'
    )
    assert clean(kept) == kept


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "http://localhost:8000/x",
        "HTTPS://A.EXAMPLE/",
        "mailto:a@b.example",
        "/p/1",
        "#fn-a-1",
        "?page=2",
    ],
)
def test_safe_addresses(url: str) -> None:
    assert is_safe_url(url)


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "data:,x", "//evil.example", "/\\evil.example", "page.html", "../x", "https://", "https:///x",
     "https://a b", "ht\ntps://a", " https://a", "https:\\\\a", "mailto:", "ftp://a.example", "https:a", "http:/a"],
)  # fmt: skip
def test_unsafe_addresses(url: str) -> None:
    assert not is_safe_url(url)


def test_links_out_and_in() -> None:
    assert is_external("https://a.example")
    assert not any(map(is_external, ["/p/1", "#x", "?x", "mailto:a@b.example"]))
