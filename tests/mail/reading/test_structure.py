"""Parts put together: which words are the text, which parts are files."""

from base64 import b64encode

import pytest

from desk.mail.reading.parsed import ParsedMail
from desk.mail.reading.read import read
from tests.mail.reading.building import attachment, html, mail, multipart, text

PDF = attachment(b"%PDF", "attachment; filename=a.pdf")
FORWARDED = mail("Content-Type: message/rfc822", mail("Subject: 元の件名\nFrom: b@example.jp", "inner"))


def names(parsed: ParsedMail) -> list[str]:
    """Return the names of the attachments."""
    return [part.name for part in parsed.attachments]


def test_it_prefers_plain_words_and_keeps_the_html() -> None:
    parsed = read(multipart(text("plain"), html("<p>rich</p>"), kind="alternative"))
    assert (parsed.text, parsed.html, names(parsed)) == ("plain", "<p>rich</p>", [])


@pytest.mark.parametrize("empty", ["", "\n", "\xa0 \n"])
def test_it_reads_the_html_when_the_plain_part_says_nothing(empty: str) -> None:
    assert read(multipart(text(empty), html("<p>rich</p>"), kind="alternative")).text == "rich"


def test_it_reads_html_alone() -> None:
    parsed = read(html("<p>一行目</p><p>二行目</p>"))
    assert (parsed.text, parsed.html) == ("一行目\n\n二行目", "<p>一行目</p><p>二行目</p>")


def test_it_joins_several_texts() -> None:
    assert read(multipart(text("one"), PDF, text("two"))).text == "one\n\ntwo"


def test_it_says_once_what_stands_twice() -> None:
    parsed = read(multipart(text("same words"), html("<p>same <b>words</b></p>")))
    assert (parsed.text, parsed.html) == ("same words", "<p>same <b>words</b></p>")


def test_it_reads_html_and_the_footer_of_a_list() -> None:
    parsed = read(multipart(html("<p>rich</p>"), text("footer <x>")))
    assert (parsed.text, parsed.html) == ("rich\n\nfooter <x>", "<p>rich</p>\n<pre>footer &lt;x&gt;</pre>")


def test_it_reads_what_apple_mail_nests() -> None:
    picture = attachment(b"GIF89a", "inline; filename=p.gif", "image/gif")
    rich = multipart(html("<p>before</p>"), picture, html("<p>after</p>"), boundary="inner")
    parsed = read(multipart(text("plain"), rich, kind="alternative"))
    assert (parsed.text, names(parsed)) == ("plain", ["p.gif"])


def test_it_leaves_out_nameless_pictures_that_the_html_shows() -> None:
    shown = mail("Content-Type: image/gif\nContent-ID: <p1@x>", "GIF89a")
    named = mail('Content-Type: image/gif; name="emoji.gif"\nContent-ID: <p2@x>', "GIF89a")
    unseen = mail("Content-Type: image/gif\nContent-ID: <p3@x>", "GIF89a")
    body = html('<p>x<img src="cid:p1@x"><img src="cid:p2@x"></p>')
    parsed = read(multipart(body, shown, named, unseen, kind="related"))
    assert names(parsed) == ["emoji.gif", "attachment-2.gif"]
    assert parsed.attachments[0].content_id == "p2@x"


def test_it_names_a_mail_within_after_its_subject() -> None:
    parsed = read(multipart(text("see below"), FORWARDED))
    assert (parsed.text, names(parsed)) == ("see below", ["元の件名.eml"])
    assert [(one.number, one.subject) for one in parsed.nested] == [(0, "元の件名")]


def test_it_reads_a_mail_within_when_nothing_else_speaks() -> None:
    assert read(multipart(text(""), FORWARDED)).text == "inner"
    assert read(FORWARDED).text == "inner"


def test_it_reads_an_encoded_mail_within() -> None:
    inner = b64encode(mail("Subject: x", "inner"))
    parsed = read(multipart(mail("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", inner)))
    assert (parsed.text, names(parsed)) == ("inner", ["x.eml"])


def test_it_takes_the_parts_of_a_digest_for_mails() -> None:
    parsed = read(multipart(mail("", mail("Subject: one", "1")), mail("", mail("Subject: two", "2")), kind="digest"))
    assert names(parsed) == ["one.eml", "two.eml"]


def test_it_lists_what_is_signed_and_the_signature() -> None:
    signature = attachment(b"0", "attachment; filename=smime.p7s", "application/pkcs7-signature")
    parsed = read(multipart(multipart(text("signed"), PDF, boundary="inner"), signature, kind="signed"))
    assert (parsed.text, names(parsed)) == ("signed", ["a.pdf", "smime.p7s"])


def test_it_lists_what_it_cannot_open() -> None:
    parsed = read(mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nSubject: s", "x"))
    assert (parsed.text, names(parsed)) == ("", ["attachment-1.p7m"])


INVITATION = """BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:面談\\, 東京
DTSTART:20261125T010000Z
DTEND:20261125T020000Z
LOCATION:霞が関
DESCRIPTION:一行目\\n二行
 目
END:VEVENT
END:VCALENDAR
"""


def test_it_reads_an_invitation_when_nothing_else_speaks() -> None:
    calendar = mail("Content-Type: text/calendar; charset=utf-8; method=REQUEST", INVITATION)
    parsed = read(calendar)
    assert parsed.text == "面談, 東京\n2026-11-25 01:00 UTC – 2026-11-25 02:00 UTC\n霞が関\n\n一行目\n二行目"
    assert names(parsed) == ["attachment-1.ics"]
    assert read(multipart(text("come"), calendar, kind="alternative")).text == "come"


@pytest.mark.parametrize(
    ("headers", "words", "files"),
    [
        ("Content-Disposition: attachment; filename=n.txt", "hello", ["n.txt"]),
        ("Content-Disposition: attachment", "hello", ["attachment-1.txt"]),
        ("Content-Disposition: inline; filename=n.txt", "hello\n\nnote", ["n.txt"]),
        ("Content-Disposition: inline", "hello\n\nnote", []),
        ("Content-Disposition: nonsense", "hello\n\nnote", []),
        ("X-None: 1", "hello\n\nnote", []),
    ],
)
def test_it_tells_a_text_from_a_text_file(headers: str, words: str, files: list[str]) -> None:
    parsed = read(multipart(text("hello"), text("note", headers=headers)))
    assert (parsed.text, names(parsed)) == (words, files)


def test_it_reads_a_named_text_when_nothing_else_speaks() -> None:
    parsed = read(mail('Content-Type: text/plain; name="fax.txt"', "the fax"))
    assert (parsed.text, names(parsed)) == ("the fax", ["fax.txt"])


def test_it_counts_decoded_bytes() -> None:
    parsed = read(multipart(text("x"), attachment(bytes(range(256)), "attachment; filename=b.bin")))
    assert parsed.attachments[0].size == 256


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("multipart/mixed; boundary=b", "preamble\n--b\n\none\n--b\n\ntwo\n--b--\nepilogue\n", "one\n\ntwo"),
        ("multipart/mixed; boundary=b", "--b\n\none\n--b\n\ntwo\n", "one\n\ntwo"),
        ("multipart/mixed; boundary=b", "--b\n\none\n--b-- trailing\n", "one"),
        ("multipart/mixed; boundary=b", "--b  \n\none\n--b--", "one"),
        ("multipart/mixed; boundary=b", "--b\none without a head\n--b--\n", "one without a head"),
        ("multipart/mixed; boundary=b", "--b\n\none --b inside\n--b2\n--b--\n", "one --b inside\n--b2"),
        ("multipart/mixed; boundary=b", "--b\n\none\n--b--\n--b\n\ntwo\n--b--\n", "one\n\ntwo"),
        ("multipart/mixed; boundary=b", "only a preamble\n", "only a preamble"),
        ("multipart/mixed; boundary=b", "only a preamble\n--b--\nafter\n", "only a preamble"),
        ("multipart/mixed; boundary=b", "before\n--b\n\n--b--\nafter\n", "before"),
        ("multipart/mixed; boundary=wrong", "--b\nContent-Type: text/plain\n\none\n--b--\n", "one"),
        ("multipart/mixed", "--b\nContent-Type: text/plain\n\none\n--b--\n", "one"),
        ("multipart/mixed; boundary=", "--b\nContent-Type: text/plain\n\none\n--b--\n", "one"),
        ('multipart/mixed; boundary="b\n', "--b\n\none\n--b--\n", "one"),
        ('multipart/mixed; boundary="=_b (1)"', "--=_b (1)\n\none\n--=_b (1)--\n", "one"),
        ("multipart/mixed; boundary=あ", "--あ\n\none\n--あ--\n", "one"),
        ("multipart; boundary=b", "--b\n\none\n--b--\n", "one"),
        ("multipart/nonsense; boundary=b", "--b\n\none\n--b--\n", "one"),
        ("text", "one", "one"),
        ("text/", "one", "one"),
        ("plain", "one", "one"),
        ("text/x-nonsense", "one", "one"),
        ("text/enriched", "<bold>one</bold> <<two>", "one <two>"),
        (";", "one", "one"),
    ],
)
def test_it_reads_broken_structures(head: str, body: str, words: str) -> None:
    assert read(mail(f"Subject: x\nContent-Type: {head}", body)).text == words


def test_it_reads_a_multipart_that_lost_its_type() -> None:
    raw = mail(
        "Subject: x", "--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: text/html\n\n<p>two</p>\n--b--\n"
    )
    assert read(raw).text == "one\n\ntwo"


def test_it_reads_the_first_of_two_types() -> None:
    assert read(mail("Content-Type: text/html\nContent-Type: text/plain", "<p>x</p>")).text == "x"


@pytest.mark.parametrize(
    ("params", "body", "words"),
    [
        ("format=flowed", "one \ntwo\nthree\n", "one two\nthree"),
        ("format=flowed; delsp=yes", "東京 \n都\n", "東京都"),
        ("format=flowed", "> quo \n> ted\nnew\n", "> quo ted\nnew"),
        ("format=flowed", "> one \n>> two\n", "> one \n>> two"),
        ("format=flowed", " > stuffed\n From\n", "> stuffed\nFrom"),
        ("format=flowed", "text \n-- \nsign\n", "text \n-- \nsign"),
        ("format=fixed", "one \ntwo\n", "one \ntwo"),
    ],
)
def test_it_unwraps_flowed_lines(params: str, body: str, words: str) -> None:
    assert read(mail(f"Content-Type: text/plain; charset=utf-8; {params}", body)).text == words


def test_it_notes_each_problem_once() -> None:
    parsed = read(mail("Content-Type: multipart/mixed; boundary=b", b"--b\n\n\xff\xfe\xfd\n--b\n\n\xff\xfd\xff\n"))
    assert parsed.problems == ("unclosed", "charset-guessed")


def test_it_reads_a_fragment_of_a_mail() -> None:
    raw = mail("Content-Type: message/partial; id=x; number=1; total=2", mail("Subject: whole", "the beginning"))
    assert read(raw).text == "the beginning"
