"""What a letter says depends on what the desk can do: it asks for no answer that nobody would read."""

import pytest

from desk import clock
from desk.app import create_app
from desk.config import read_config
from desk.mail import letters
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
