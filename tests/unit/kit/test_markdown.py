"""What people type, and what the page gets."""

import hashlib
import re
import threading

import pytest

from forum.kit.markdown import MAX_SOURCE, RENDERER, cook, is_too_long, parse, render
from forum.kit.sanitise import REL

PEOPLE = {"nadia": "Nadia", "ezio.p": "ezio.p", "a_b-c": "a_b-c"}


def html(source: str) -> str:
    return cook(
        source, mentions=lambda names: {name: PEOPLE[name] for name in names if name in PEOPLE}, anchor="x"
    ).html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("una riga\ne un'altra", "<p>una riga<br>\ne un'altra</p>\n"),
        ("# T", "<h3>T</h3>\n"),
        ("## T", "<h4>T</h4>\n"),
        ("#### T\n\n###### T", "<h6>T</h6>\n<h6>T</h6>\n"),
        ("~~no~~ **sì** *forse*", "<p><s>no</s> <strong>sì</strong> <em>forse</em></p>\n"),
        ("<b>x</b> &amp; &lt;", "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;</p>\n"),
        ("[a](/t/1)", '<p><a href="/t/1">a</a></p>\n'),
        ("[a](https://b.it)", f'<p><a href="https://b.it" rel="{REL}">a</a></p>\n'),
        ("[a](www.b.it)", f'<p><a href="https://www.b.it" rel="{REL}">a</a></p>\n'),
        ("[a](//b.it)", f'<p><a href="https://b.it" rel="{REL}">a</a></p>\n'),
        ("[a](b.html)", "<p>[a](b.html)</p>\n"),
        ("3. x", '<ol start="3">\n<li>x</li>\n</ol>\n'),
    ],
)
def test_basics(source: str, expected: str) -> None:
    assert html(source) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("vedi https://a.it/x_y_z.", "https://a.it/x_y_z"),
        ("«https://a.it/x»", "https://a.it/x"),
        ("“https://a.it”", "https://a.it"),
        ("(https://a.it/b_(c))", "https://a.it/b_(c)"),
        ("**https://a.it/b**", "https://a.it/b"),
        ("www.a.it/x?y=1,", "https://www.a.it/x?y=1"),
        ("http://localhost:8000/t", "http://localhost:8000/t"),
        ("<https://a.it>", "https://a.it"),
        ("https://a.it/perché", "https://a.it/perch%C3%A9"),
    ],
)
def test_bare_addresses_become_links(text: str, address: str) -> None:
    assert cook(text).links == (address,)


@pytest.mark.parametrize(
    "text", ["main.py e README.md", "//commento", "http://", "a://b", "http://u:p@a.it", "`https://a.it`"]
)
def test_what_is_no_address_stays_text(text: str) -> None:
    assert cook(text).links == ()


def test_mail_addresses_are_links_and_call_nobody() -> None:
    cooked = cook("scrivi a info@nadia.it o nadia@nadia", mentions=lambda names: {name: name for name in names})
    assert cooked.links == ("mailto:info@nadia.it",)
    assert cooked.mentions == ()


@pytest.mark.parametrize(
    ("source", "called"),
    [
        ("ciao @nadia", ("nadia",)),
        ("@NADIA!", ("nadia",)),
        ("@ezio.p.", ("ezio.p",)),
        ("(@nadia), «@ezio.p»", ("nadia", "ezio.p")),
        ("@nadia...", ("nadia",)),
        ("@nadia: @nadia", ("nadia",)),
        ("_@nadia_ **@a_b-c**", ("nadia", "a_b-c")),
        ("@nadia’s @nadia's", ("nadia",)),
        ("@sconosciuto", ()),
        ("x@nadia", ()),
        ("@nadia@altrove.it", ()),
        ("@nadiaè", ()),
        ("/u/@nadia", ()),
        ("`@nadia`", ()),
        ("    @nadia", ()),
        ("```\n@nadia\n```", ()),
        ("[@nadia](/t/1)", ()),
        ("https://a.it/@nadia", ()),
        ("\\@nadia", ()),
        ("> @nadia", ()),
    ],
)
def test_mentions(source: str, called: tuple[str, ...]) -> None:
    cooked = cook(source, mentions=lambda names: {name: PEOPLE[name] for name in names if name in PEOPLE})
    assert cooked.mentions == called


def test_a_mention_links_to_the_name_as_it_is_spelt() -> None:
    assert html("@NADIA, ciao") == '<p><a class="mention" href="/u/Nadia">@NADIA</a>, ciao</p>\n'
    assert 'class="mention"' in html("> @nadia")  # linked in a quote too, though it calls nobody


def test_names_are_asked_for_once_and_only_if_there_are_any() -> None:
    asked: list[set[str]] = []

    def known(names: set[str]) -> dict[str, str]:
        asked.append(names)
        return {}

    cook("niente", mentions=known)
    cook("@uno @Due @uno", mentions=known)
    assert asked == [{"uno", "due"}]


def test_parsing_and_rendering_are_two_steps_that_may_be_repeated() -> None:
    parsed = parse("@nadia e @ezio.p[^1]\n\n[^1]: nota\n\n- [ ] x")
    assert parsed.names == {"nadia", "ezio.p"}
    first = render(parsed, {"nadia": "nadia"}, anchor="a")
    assert render(parsed, {"nadia": "nadia"}, anchor="a") == first
    assert render(parsed, {}, anchor="a").mentions == ()


class TestQuotes:
    def test_an_attributed_quote(self) -> None:
        cooked = cook("> [Nadia, messaggio 3](/p/345):\n>\n> due parole\n\nsì")
        assert cooked.quotes == (345,)
        assert cooked.links == ()
        assert cooked.html == (
            '<blockquote class="quote" data-post="345">\n'
            '<p class="cite"><a href="/p/345">Nadia, messaggio 3</a></p>\n<p>due parole</p>\n</blockquote>\n<p>sì</p>\n'
        )

    @pytest.mark.parametrize("after", [":\n> x", "\n> x", ":\n>\n> x", "", ":"])
    def test_forms_of_it(self, after: str) -> None:
        cooked = cook(f"> [N](/p/7){after}")
        assert cooked.quotes == (7,)
        assert '<p class="cite"><a href="/p/7">N</a></p>' in cooked.html
        assert ("<p>x</p>" in cooked.html) == ("x" in after)

    @pytest.mark.parametrize(
        "source",
        ["> [N](/p/7) disse x", "> x [N](/p/7)", "> [N](/p/0)", "> [N](/p/7x)", "> [N](https://a.it/p/7)", "[N](/p/7)",
         "> [N](/p/9223372036854775808):\n> x", "> - [N](/p/7)"],
    )  # fmt: skip
    def test_anything_else_is_a_plain_block_quote(self, source: str) -> None:
        cooked = cook(source)
        assert cooked.quotes == ()
        assert 'class="quote"' not in cooked.html

    def test_a_quote_in_a_quote_does_not_count(self) -> None:
        assert cook("> [A](/p/1):\n>\n> > [B](/p/2):\n> > x").quotes == (1,)


class TestSpoilers:
    def test_inside_a_line(self) -> None:
        assert html("è ||stato **lui**||!") == (
            '<p>è <label class="spoiler"><input aria-label="Spoiler" type="checkbox"><span>stato '
            "<strong>lui</strong></span></label>!</p>\n"
        )

    @pytest.mark.parametrize("source", ["a || b || c", "||", "||||", "|||x|||", "x ||y", "`||x||`", "\\||x||"])
    def test_what_is_none(self, source: str) -> None:
        assert "spoiler" not in html(source)

    def test_a_block(self) -> None:
        out = html(">! uno\n>!\n>! - due\n>!\n>! ```\n>! tre\n>! ```")
        assert out.startswith('<details class="spoiler"><summary>Spoiler</summary>\n<p>uno</p>\n<ul>\n<li>due</li>')
        assert "<pre" in out
        assert out.endswith("</details>\n")

    def test_a_block_ends_where_its_marks_end(self) -> None:
        assert html(">! uno\ndue").endswith("</details>\n<p>due</p>\n")
        assert html("prima\n>! uno").startswith("<p>prima</p>\n<details")
        assert ">uno</p>" in html(">!uno!<")
        assert html("- x\n  >! y").count("<details") == 1

    def test_no_spoiler_in_a_spoiler(self) -> None:
        assert html(">! >! x").count("<details") == 1
        assert html("||a [||b||](/t/1) c||").count("<label") == 1

    def test_around_a_link_not_inside_it(self) -> None:
        """A control inside a control is invalid, and would follow the link when it is opened."""
        assert '<span><a href="/t/1">' in html("[x ||y||](/t/1)")

    def test_the_names_for_screen_readers_do_not_tell(self) -> None:
        task = html("- [x] finale: ||morto|| @nadia")
        assert re.findall(r'aria-label="([^"]*)"', task) == ["finale: … @nadia", "Spoiler"]


def test_task_lists() -> None:
    out = html("- [ ] uno\n- [x] due\n- tre")
    assert out.startswith('<ul class="tasks">\n<li class="task"><input disabled=""')
    assert out.count('class="task"') == 2
    assert out.count("checked") == 1


def test_footnotes_do_not_clash_between_posts() -> None:
    source = "a[^n] b[^n]\n\n[^n]: nota"
    first, second = cook(source, anchor="p1").html, cook(source, anchor="p2").html
    ids = re.findall(r' id="([^"]+)"', first)
    assert ids == ["fnref-p1-1", "fnref-p1-1-1", "fn-p1-1"]
    assert set(ids).isdisjoint(re.findall(r' id="([^"]+)"', second))
    assert set(re.findall(r'href="#([^"]+)"', first)) == set(ids)
    assert cook(source).html == cook(source).html != cook(source + ".").html  # without one: from the source
    for bad in ("", "a b", '"', "x" * 33, "é"):
        with pytest.raises(ValueError, match="anchor"):
            cook(source, anchor=bad or "-")


def test_tables() -> None:
    out = html('|Mescola "A"|@nadia|\n|:-|-:|\n|a|b|')
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Mescola &quot;A&quot;, @nadia">' in out
    assert '<th scope="col" class="end">' in out
    assert '<td class="end">b</td>' in out
    assert "style" not in out


def test_code_is_coloured_by_classes_and_reached_by_keyboard() -> None:
    out = html('```python title="x"\ndef f(): return "<b>"\n```')
    assert out.startswith('<pre tabindex="0"><code><span class="k">def</span>')
    assert "&lt;b&gt;" in out
    assert html("```nessuna\na < b\n```") == '<pre tabindex="0"><code>a &lt; b\n</code></pre>\n'
    assert html("```PY\nimport x\n```").count('class="kn"') == 1
    assert html("    a") == '<pre tabindex="0"><code>a\n</code></pre>\n'


class TestPictures:
    def test_an_upload_alone_is_a_figure_with_its_size(self) -> None:
        assert html('![Freni](/uploads/images/ab-760x340.webp "Misure")') == (
            '<figure><img src="/uploads/images/ab-760x340.webp" alt="Freni" width="760" height="340" loading="lazy"'
            ' decoding="async"><figcaption>Misure</figcaption></figure>\n'
        )

    def test_an_upload_in_a_line_stays_there(self) -> None:
        assert html("qui ![f](/uploads/images/a.webp)").startswith("<p>qui <img ")
        assert cook("![a](/uploads/a.png) ![b](/uploads/b.png)").images == 2

    def test_a_picture_from_elsewhere_is_a_link(self) -> None:
        cooked = cook("![freni *rotti*](https://b.it/f.jpg) ![](https://b.it/a/g%20h.png)")
        assert "<img" not in cooked.html
        assert ">freni *rotti*</a>" in cooked.html
        assert ">g h.png (b.it)</a>" in cooked.html
        assert cooked.images == 0
        assert cooked.links == ("https://b.it/f.jpg", "https://b.it/a/g%20h.png")

    def test_a_picture_in_a_link_is_the_links_text(self) -> None:
        assert html("[![t](https://b.it/p.png)](https://c.it)") == f'<p><a href="https://c.it" rel="{REL}">t</a></p>\n'


def test_length_is_counted_in_bytes() -> None:
    assert not is_too_long("a" * MAX_SOURCE)
    assert is_too_long("a" * (MAX_SOURCE + 1))
    assert is_too_long("è" * (MAX_SOURCE // 2 + 1))
    assert not is_too_long("")


def test_what_cannot_be_stored_is_replaced() -> None:
    assert cook("a\ud800b\0c").html == "<p>a?b\ufffdc</p>\n"


def test_cooking_is_the_same_on_many_threads() -> None:
    """One parser serves them all."""
    sources = [f"@nadia **{n}** https://a{n}.it ||{n}||[^1]\n\n[^1]: x{n}\n\n```py\nx = {n}\n```" for n in range(40)]
    expected = [html(source) for source in sources]
    wrong: list[int] = []

    def work() -> None:
        for _ in range(5):
            wrong.extend(n for n, source in enumerate(sources) if html(source) != expected[n])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_version_of_the_renderer_goes_with_the_post() -> None:
    """If this fails, the output has changed: raise RENDERER by one, then note the new digest here."""
    source = (
        "# a\n\n> [N](/p/1):\n> b\n\n||c|| [d](https://e.it) @nadia[^1]\n\n[^1]: g\n\n- [x] h\n\n"
        "|i|\n|-|\n|j|\n\n```py\nk = 1\n```\n\n>! l"
    )
    digest = hashlib.sha256(cook(source, mentions=lambda _: {"nadia": "Nadia"}).html.encode()).hexdigest()[:12]
    assert (cook(source).renderer, digest) == (RENDERER, "4e9116f083b0")
