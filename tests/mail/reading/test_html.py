"""HTML as text, and as something that may be shown."""

import time

import pytest

from desk.mail.reading.html import safe_html, strip_tags, to_text
from tests.waiting import GENEROUS_S


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>一<b>二</b>三</p>", "一二三"),
        ("一行目<br>二行目", "一行目\n二行目"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<p>a</p>\n<p>b</p>", "a\n\nb"),
        ("<div style='display:none'>hidden</div>seen", "seen"),
        ("<head><title>T</title><style>p{}</style></head><body>b<script>x()</script></body>", "b"),
        ("<!-- c -->x", "x"),
        ("<table><tr><td>氏名</td><td>山田</td></tr></table>", "氏名  山田"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n  * b"),
        ("<a href='https://example.jp/x'>こちら</a>", "こちら <https://example.jp/x>"),
        ("<a href='https://example.jp/'>https://example.jp</a>", "https://example.jp"),
        ("<a href='mailto:a@example.jp'>a@example.jp</a>", "a@example.jp"),
        ("<a href='javascript:x()'>here</a>", "here"),
        ("&lt;b&gt; &amp; &#x3042; &nbsp;x", "<b> & あ x"),
        ("plain < words > here", "plain < words > here"),
        ("<?xml version='1.0' encoding='utf-8'?><html><body>x</body></html>", "x"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<p>個人情報の\n  開示を請求\r\nします。\nOK\ndone</p>", "個人情報の開示を請求します。 OK done"),
        ("<pre>山\n田</pre>", "山\n田"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_it_reads(html: str, text: str) -> None:
    assert to_text(html).strip() == text


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 20_000 + "the end" + "</div>" * 20_000,
        "<b>" * 100_000 + "the end",
        "<table><tr><td>" * 5_000 + "the end",
        "<style>" * 100_000 + "the end",
        "<!--" * 200_000 + "--> the end",
        "<a " * 200_000 + "> the end",
        "<" * 500_000 + " the end",
        "<table>" + "<tr><td>x</td></tr>" * 20_000 + "<tr><td>" + "y" * 500_000 + " the end",
        "<p>" * 100_000 + "the end",
        "<ul><li>" * 1_000 + "the end",
        "&" * 500_000 + " the end",
        "<blockquote>" * 400 + "the end",
        "<span style='" + "a:b;" * 100_000 + "'>the end",
        "<x " + "a=b " * 100_000 + ">the end",
        "x" * 3_000_000 + " the end",
    ],
)  # fmt: skip
def test_it_reads_a_bomb_in_bounded_time(bomb: str) -> None:
    began = time.monotonic()
    assert to_text(bomb).endswith("the end")
    assert time.monotonic() - began < GENEROUS_S


def test_it_shows_what_never_closes() -> None:
    assert strip_tags("a<style>b<!-- c").split() == ["a>b", "c"]


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p>x</p>", "<p>x</p>"),
        ("<script>x()</script>y", "y"),
        ("<style>@import url(//evil)</style>y", "y"),
        ("<head><title>T</title></head>y", "y"),
        ("<img src=https://evil/x.gif>y", "y"),
        ("<img src='cid:a@b'>y", "y"),
        ("<p style='background:url(//evil)' class=c id=i onclick=x()>y</p>", "<p>y</p>"),
        ("<table background=//evil><tbody><tr><td>y</td></tr></tbody></table>", "<table><tbody><tr><td>y</td></tr></tbody></table>"),
        ("<form action=//evil><input name=a><button>y</button></form>", "y"),
        ("<iframe src=//evil></iframe><object data=//evil></object><embed src=//evil>y", "y"),
        ("<svg><script>x()</script></svg>y", "y"),
        ("<a href='javascript:x()'>y</a>", '<a rel="noopener noreferrer nofollow">y</a>'),
        ("<a href='https://example.jp'>y</a>", '<a href="https://example.jp" rel="noopener noreferrer nofollow">y</a>'),
        ("<base href=//evil><link rel=stylesheet href=//evil><meta http-equiv=refresh content='0;//evil'>y", "y"),
        ("<video src=//evil poster=//evil></video><audio src=//evil></audio>y", "y"),
        ("<p>&lt;script&gt;</p>", "<p>&lt;script&gt;</p>"),
    ],
)  # fmt: skip
def test_it_leaves_nothing_that_acts_or_loads(html: str, safe: str) -> None:
    assert safe_html(html) == safe


def test_it_shows_the_text_of_what_is_too_long_or_deep() -> None:
    began = time.monotonic()
    assert safe_html("<div>" * 20_000 + "<script>x</script>the end") == "<pre>the end</pre>"
    assert safe_html("<p>" + "x" * 600_000).startswith("<pre>xxx")
    assert time.monotonic() - began < GENEROUS_S
