"""Bodies of other forums: what people will read, and may edit."""

import base64
import time

import pytest

from forum.kit.fromhtml import tidy_markdown, to_markdown
from forum.kit.markdown import cook


def md(html: str) -> str:
    return to_markdown(html).markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>uno</p>\n<p>due</p>", "uno\n\ndue"),
        ("<p>una\nriga   sola</p>", "una riga sola"),
        ("<p>una<br>\naltra<br/></p>", "una\naltra"),
        ("<p>&nbsp;</p><p>a&nbsp;b</p><p> </p>", "a b"),
        ("<p><b>forte</b>, <i>piano</i> <strike>no</strike> <u>u</u></p>", "**forte**, *piano* ~~no~~ u"),
        ("<h2>T</h2><hr><p>x</p>", "## T\n\n---\n\nx"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol start=3><li>x</li></ol>", "3. x"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<p>&gt; a<br>\n&gt; b</p><p>&gt;c</p><p>d &gt; e</p>", "> a\n> b\n>\n> c\n\nd > e"),
        ("<pre><code class='lang-py'>x = 1\n\ny</code></pre>", "```py\nx = 1\n\ny\n```"),
        ("<pre><span class=k>if</span> a &lt; b:<br>  c</pre>", "```\nif a < b:\n  c\n```"),
        ("<p>vedi <code>a*b_c</code></p>", "vedi `a*b_c`"),
        ("<p><a href='https://a.it/x'>https://a.it/x</a>.</p>", "https://a.it/x."),
        ("<p><a href='https://a.it'>qui</a></p>", "[qui](https://a.it)"),
        ("<p>10<sup>6</sup> H<sub>2</sub>O nota<sup>[1]</sup> X<sup>TM</sup></p>", "10⁶ H₂O nota¹ XTM"),
        ("<blockquote class='spoiler'><p>il <b>cane</b></p><p>muore</p></blockquote>", ">! il **cane**\n>!\n>! muore"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 |",
        ),
    ],
)
def test_markup(html: str, markdown: str) -> None:
    assert md(html) == markdown


@pytest.mark.parametrize(
    "text",
    ["a * b * c", "*x* **y**", "__init__ e _x_", "snake_case_name", "`q`", "~~x~~ ~y~", "||x||", "1. no", "- no",
     "# no", "[x](y)", "[^1]", "&lt; è &amp;", "<script>", "C:\\dir\\*.txt",
     "http://a_b.it/c_d_e*f", "@nadia_v", "+ no", "a | b",
     "1) no", "    rientrato", "---", "===", "```", "$x$", "\\*"],
)  # fmt: skip
def test_text_stays_the_text_it_was(text: str) -> None:
    from html import escape

    cooked = cook(md(f"<p>{escape(text)}</p>"))
    assert cooked.text == text.strip()
    assert cooked.html.count("<p>") == 1


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>post<b>.json</b>?x</p>", "post.**json**?x"),
        ("<p>che<i>, credo,</i> sì</p>", "che, *credo,* sì"),
        ("<p>http://a.it/?t=1<b>2</b></p>", "http://a.it/?t=12"),
        ("<p>ba<s>cal</s>cio</p>", "ba~~cal~~cio"),
    ],
)
def test_emphasis_that_markdown_cannot_say(html: str, markdown: str) -> None:
    assert md(html) == markdown
    assert "*" not in cook(md(html)).text


def test_rubbish_of_editors_is_gone() -> None:
    html = (
        "<!--[if gte mso 9]><xml>x</xml><![endif]--><xml><w:View>Normal</w:View></xml><style>p{}</style>"
        "<meta charset=x>"
        "<p class='MsoNormal' style='mso-x:y'><font face=Arial><span lang=EN>Testo<o:p></o:p></span></font></p>"
        "<script>x</script>"
    )
    assert md(html) == "Testo"


def test_code_pasted_as_text_becomes_code() -> None:
    html = (
        "<p>Ecco:</p>\n<p>void setup() {<br />\n&nbsp;&nbsp; Serial.begin(9600);<br />\n&nbsp;&nbsp; int *p = &amp;x; "
        "// a_b_c<br />\n}</p>"
        "\n<p>&nbsp;</p>\n<p>void loop() {<br />\n&nbsp; delay(1);<br />\n}</p><p>Grazie;<br>ciao</p>"
    )
    assert md(html) == (
        "Ecco:\n\n```\nvoid setup() {\n   Serial.begin(9600);\n   int *p = &x; // a_b_c\n}\n\n"
        "void loop() {\n  delay(1);\n}\n```\n\nGrazie;\nciao"
    )
    poem = "<p>Nel mezzo del cammin<br>di nostra vita;<br>mi ritrovai</p>"
    assert "```" not in md(poem)


PIXEL = b"\x89PNG\r\n\x1a\nnot really"


class TestPictures:
    def saved(
        self, html: str, answer: str | None = "/uploads/images/ab-3x4.webp"
    ) -> tuple[str, int, int, list[tuple[bytes, str]]]:
        given: list[tuple[bytes, str]] = []

        def save(data: bytes, kind: str) -> str | None:
            given.append((data, kind))
            return answer

        converted = to_markdown(html, save_image=save)
        return converted.markdown, converted.images_saved, converted.dropped, given

    def test_inline_ones_are_kept_here(self) -> None:
        data = base64.b64encode(PIXEL).decode()
        html = f'<p>a<img alt="Freno" src="data:image/PNG;base64,{data[:8]}\n{data[8:]}">b</p>'
        html += f'<img src="data:image/gif;base64,{data}">'
        markdown, count, dropped, given = self.saved(html)
        assert given == [(PIXEL, "image/png"), (PIXEL, "image/gif")]
        assert (count, dropped) == (2, 0)
        assert markdown == "a ![Freno](/uploads/images/ab-3x4.webp) b\n\n![](/uploads/images/ab-3x4.webp)"
        assert cook(markdown).images == 2

    @pytest.mark.parametrize(
        "src", ["data:image/png;base64,AAA", "data:image/png;base64,%%%", "data:", "data:image/png"]
    )
    def test_broken_ones_leave_their_words(self, src: str) -> None:
        markdown, count, dropped, given = self.saved(f'<p>x <img alt="Freno" src="{src}"></p>')
        assert (markdown, count, dropped, given) == ("x [Freno]", 0, 1, [])

    def test_refused_ones_too(self) -> None:
        data = base64.b64encode(PIXEL).decode()
        markdown, count, dropped, _ = self.saved(f'<img alt="Freno" src="data:image/png;base64,{data}">', None)
        assert (markdown, count, dropped) == ("[Freno]", 0, 1)
        assert to_markdown(f'<img src="data:image/png;base64,{data}">').markdown == ""

    def test_an_error_in_keeping_one_is_the_callers(self) -> None:
        def full(data: bytes, kind: str) -> str:
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            to_markdown('<img src="data:image/png;base64,AAAA">', save_image=full)

    def test_a_very_large_one_does_not_stay_in_the_text(self) -> None:
        data = base64.b64encode(bytes(950_000)).decode()
        start = time.thread_time()
        markdown, *_ = self.saved(f'<p>x</p><img src="data:image/png;base64,{data}">')
        assert time.thread_time() - start < 0.5
        assert len(markdown) < 100

    def test_those_of_other_sites_are_named(self) -> None:
        shown = "https://i.example/eF.png"
        assert (
            md(f'<a href="{shown}"><img src="{shown}" alt="enter image description here"></a>')
            == f"[eF.png (i.example)]({shown})"
        )
        assert cook(md('<img src="https://i.example/a.png" alt="">')).text == "a.png (i.example)"

    def test_faces_are_faces(self) -> None:
        face = "../sites/all/modules/fckeditor/editor/images/smiley/msn/wink_smile.html"
        assert to_markdown(f'<p>ciao<img src="{face}">, tu</p>').markdown == "ciao 😉, tu"
        assert to_markdown(f'<img src="{face}">').dropped == 0


class TestAddresses:
    def test_those_that_lead_nowhere_from_here_leave_their_words(self) -> None:
        converted = to_markdown(
            '<p><a href="58.html">qui</a> e <a href="/q/1">là</a> <img src="../f/Shield%20a.html"></p>'
        )
        assert converted.markdown == "qui e là [Shield a]"
        assert converted.dropped == 3

    def test_unless_the_page_they_stood_on_is_known(self) -> None:
        converted = to_markdown(
            '<a href="58.html">qui</a> <a href="/q/1">là</a>', base_url="https://old.example/node/7"
        )
        assert converted.markdown == "[qui](https://old.example/node/58.html) [là](https://old.example/q/1)"
        assert converted.dropped == 0

    def test_archives_that_rewrote_links_kept_them_in_the_title(self) -> None:
        assert md('<a href="4.html" title="http://a.it/node/4">http://a.it/node/4</a>') == "http://a.it/node/4"
        assert md('<a href="4.html">http://a.it/n/4</a>') == "http://a.it/n/4"

    @pytest.mark.parametrize(
        "href", ["javascript:alert(1)", "file:///c:/x", "//[", "http://", "data:text/html,x", "", "#top"]
    )
    def test_others_are_no_links(self, href: str) -> None:
        assert md(f'<a href="{href}">x</a>') == "x"

    def test_spaces_are_encoded(self) -> None:
        assert md('<a href="http://a.it/4th Sep.zip">zip</a>') == "[zip](http://a.it/4th%20Sep.zip)"


@pytest.mark.parametrize(
    "html", ["<div>" * 5_000 + "x", "<blockquote>" * 3_000 + "x", "<b>" * 5_000 + "x", "<table>" * 2_000 + "x"]
)
def test_nesting_beyond_sense_loses_no_words(html: str) -> None:
    assert "x" in md(html)


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("uno\r\ndue\r\n", "uno\ndue"),
        ("#Titolo\n##Altro\n#1 no\n#", "# Titolo\n## Altro\n#1 no\n#"),
        ("> #Titolo", "> # Titolo"),
        ("perch&eacute; &rarr; &lt;b&gt; &amp;", "perché → &lt;b&gt; &amp;"),
        ("a<br>\nb<br/>c", "a  \nb  \nc"),
        ("> a<br>b", "> a  \n> b"),
        ("<i>a</i> e <b>b</b>, <s>c</s>", "*a* e **b**, ~~c~~"),
        ("Juve<i>, sai,</i> x", "Juve, *sai,* x"),
        ("2<sup>10</sup> e <sup>piccolo</sup>", "2¹⁰ e piccolo"),
        ("vedi <code>x</code> e <kbd>Ctrl</kbd>", "vedi `x` e `Ctrl`"),
        ("<a href='https://a.it'>x</a>", "[x](https://a.it)"),
        ('<img src="https://a.it/b.png" alt="B">', "![B](https://a.it/b.png)"),
        ("![enter image description here][1]", "![][1]"),
        ("a\n<hr>\nb", "a\n\n---\n\nb"),
        ("<pre>\na &lt; b\n</pre>", "```\na < b\n```"),
        ("<blockquote>\na\nb\n</blockquote>", "> a\n> b"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("a <!-- no --> b", "a b"),
        ("[tag:freni]", "`freni`"),
        ("vedi [a][1]\n  [1]: https://a.it", "vedi [a][1]\n\n  [1]: https://a.it"),
        ("<utente> e <some words>", "<utente> e <some words>"),
        ("[a][1] e [b][2]\n\n [1]: ftp://f.it/x\n [2]: http://b.it", "a (ftp://f.it/x) e [b][2]\n\n [2]: http://b.it"),
    ],
)
def test_markdown_of_another_flavour(typed: str, tidied: str) -> None:
    assert tidy_markdown(typed) == tidied


@pytest.mark.parametrize(
    "code",
    ["`<br> &eacute; <b>x</b>`", "```\n#Titolo\n<br>&egrave;\n```", "testo\n\n    #no\n    <i>x</i>", "``a ` <br>``"],
)
def test_code_is_left_alone(code: str) -> None:
    assert tidy_markdown(code) == code


WRAPPED = (
    "> Quando la squadra porta lo stesso nome della città di\n"
    "> appartenenza il genere maschile serve a distinguerla dal\n> toponimo"
)
VERSE = "Nel mezzo del cammin di nostra vita\nmi ritrovai per una selva oscura\nché la diritta via era smarrita"


def test_wrapped_paragraphs_are_joined_and_verse_is_not() -> None:
    joined = tidy_markdown(WRAPPED)
    assert "\n" not in joined
    assert joined.startswith("> Quando")
    assert joined.count(">") == 1
    assert tidy_markdown(VERSE) == VERSE
    listed = f"- {'parola ' * 9}lunga\n  e la parolaccia continua"
    assert tidy_markdown(listed).count("\n") == 0
    two = "Questa è una frase che finisce qui, ed è lunga abbastanza.\nQuesta è un'altra frase."
    assert tidy_markdown(two) == two
    spoiler = ">! x\n>!\n>! y\n\n" + WRAPPED
    assert tidy_markdown(spoiler) == ">! x\n>!\n>! y\n\n" + joined


def test_tidying_twice_is_tidying_once() -> None:
    for typed in (WRAPPED, VERSE, "#A\n<b>x</b><br>y\n\n    <i>\n\n`<br>`\n[1]: https://a.it"):
        once = tidy_markdown(typed)
        assert tidy_markdown(once) == once


@pytest.mark.parametrize("tag", ["div", "p"])
def test_code_pasted_a_paragraph_a_line_becomes_one_block(tag: str) -> None:
    lines = ["// prova", "int a = 1;", "", "void setup()", "{", "&nbsp; a = 2;", "}"]
    inner = "\n".join(f"<{tag}>\n\t{line or '&nbsp;'}</{tag}>" for line in lines)
    expected = "// prova\nint a = 1;\n\nvoid setup()\n{\n  a = 2;\n}"
    assert md(f"<p>Ecco:</p>{inner}<p>Grazie.</p>") == f"Ecco:\n\n```\n{expected}\n```\n\nGrazie."


def test_prose_with_semicolons_stays_prose() -> None:
    html = "<p>Prima;</p><p>ho provato il (vecchio) driver</p><p>e poi basta.</p><p>La riga è a = 1;</p>"
    assert "```" not in md(html)
