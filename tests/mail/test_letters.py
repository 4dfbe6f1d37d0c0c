"""What a letter says depends on what the desk can do: it asks for no answer that nobody would read."""

import re
from email import message_from_bytes, policy

import pytest
from lxml import html

from desk import clock
from desk.app import create_app
from desk.config import read_config
from desk.mail import letters
from desk.mail.mime import build
from desk.mail.wrapping import COLUMNS, width

READS = {"DESK_IMAP_URL": "imap://cs@127.0.0.1/INBOX", "DESK_IMAP_PASSWORD": "x"}
JOINS = {"DESK_REPLY_ADDRESS": "cs+{token}@quote4.jp"}
ASKS = {"ja": "このメールへのご返信は、当窓口に届きます", "en": "A reply to this mail reaches us"}
FORBIDS = {"ja": "このメールではなく専用ページから", "en": "Please do not reply to this mail"}


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("settings", "replies"), [({}, False), (READS, True), (JOINS, True)], ids=str)
def test_it_asks_for_answers_by_mail_only_where_they_are_read(
    environ: dict[str, str], language: str, settings: dict[str, str], replies: bool
) -> None:
    with create_app(read_config(environ | settings)).app_context():
        closing = letters.compose(
            "closing",
            language,
            ref="ABCD-2345-67",
            closed_on=clock.today(),
            outcome="訂正しました",
            url="https://d.example",
        )
        answer = letters.compose(
            "answer-full", language, ref="ABCD-2345-67", text="回答です。", url="https://d.example"
        )
    for letter in (closing, answer):
        assert (ASKS[language] in letter.text) is replies
        assert (FORBIDS[language] in letter.text) is not replies


def test_it_wraps_what_a_person_wrote_in_one_line(environ: dict[str, str]) -> None:
    text = "お調べした結果、ご指摘のとおり旧住所のままとなっておりましたので、本日訂正いたしました。" * 4
    with create_app(read_config(environ)).app_context():
        letter = letters.compose("answer-full", "ja", ref="ABCD-2345-67", text=text, url="https://d.example")
    assert max(map(width, letter.text.split("\n"))) <= COLUMNS
    assert text in letter.text.replace("\n", "")


TRICKY = (
    '<script>alert(1)</script> & "x" をご覧ください。\n\n  ・https://d.example/a?b=1&c=2。\nhttps://d.example/x"><b>'
)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_leaves_as_a_page_too_where_that_is_set(environ: dict[str, str], language: str) -> None:
    with create_app(read_config(environ | {"DESK_MAIL_HTML": "on"})).app_context():
        letter = letters.compose("answer-full", language, ref="ABCD-2345-67", text=TRICKY, url="https://d.example/s/t")
        mime = build(
            letter,
            message_id="<1@d.example>",
            to="person@example.jp",
            to_name=None,
            sender="cs@quote4.jp",
            at=clock.now(),
            auto="auto-replied",
        )
    mail = message_from_bytes(mime, policy=policy.default)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, page = (part.get_content() for part in mail.iter_parts())
    assert plain.replace("\r\n", "\n") == letter.text
    tree = html.document_fromstring(page)
    assert {"https://d.example/a?b=1&c=2", "https://d.example/x", "https://d.example/s/t"} <= {
        link.get("href") for link in tree.iter("a")
    }
    assert {element.tag for element in tree.iter()} <= {"html", "head", "meta", "body", "p", "br", "a"}
    words = "".join(tree.body.itertext()).replace("\xa0", " ")
    assert re.sub(r"\s", "", words) == re.sub(r"\s", "", plain)
    assert max(map(len, mime.split(b"\r\n"))) <= 78


def test_it_leaves_as_text_alone_unless_that_is_set(environ: dict[str, str]) -> None:
    with create_app(read_config(environ)).app_context():
        assert letters.compose("answer-full", "ja", ref="A", text="x", url="https://d.example").html is None
