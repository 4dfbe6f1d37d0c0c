"""Senders and recipients as people, carriers and broken programs write them."""

import pytest

from desk.mail.reading.mailboxes import parse_addresses
from desk.mail.reading.read import read
from tests.mail.reading.building import encoded_word, mail

ONE = [
    ("a@example.jp", "", "a@example.jp"),
    ("Taro <a@example.jp>", "Taro", "a@example.jp"),
    ("a@example.jp (Taro Yamada)", "Taro Yamada", "a@example.jp"),
    ("<a@example.jp>", "", "a@example.jp"),
    ('"Yamada, Taro" <a@example.jp>', "Yamada, Taro", "a@example.jp"),
    ("Yamada, Taro <a@example.jp>", "Yamada, Taro", "a@example.jp"),
    ('"Taro \\"T\\" Yamada" <a@example.jp>', 'Taro "T" Yamada', "a@example.jp"),
    ("Joe Q. Public <a@example.jp>", "Joe Q. Public", "a@example.jp"),
    (f"{encoded_word('山田 太郎')} <a@example.jp>", "山田 太郎", "a@example.jp"),
    (f'"{encoded_word("山田")}" <a@example.jp>', "山田", "a@example.jp"),
    (f"{encoded_word('山田, 太郎')} <a@example.jp>", "山田, 太郎", "a@example.jp"),
    (encoded_word("山田 <a@example.jp>"), "山田", "a@example.jp"),
    ("山田 太郎 <a@example.jp>", "山田 太郎", "a@example.jp"),
    ("a..b@docomo.ne.jp", "", "a..b@docomo.ne.jp"),
    ("太郎 <.a@ezweb.ne.jp>", "太郎", ".a@ezweb.ne.jp"),
    ("<a.@docomo.ne.jp>", "", "a.@docomo.ne.jp"),
    ('"a..b"@docomo.ne.jp', "", '"a..b"@docomo.ne.jp'),
    ('<"very odd"@example.jp>', "", '"very odd"@example.jp'),
    ("山田@日本語.jp", "", "山田@日本語.jp"),
    ("Taro <a@example.jp", "Taro", "a@example.jp"),
    ("Taro a@example.jp", "Taro", "a@example.jp"),
    ('"unclosed <a@example.jp>', "unclosed", "a@example.jp"),
    ("<@relay1,@relay2:a@example.jp>", "", "a@example.jp"),
    ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete", "pete@silly.test"),
    ("Taro <a @ example . jp>", "Taro", "a@example.jp"),
    ("a @ example.jp", "", "a@example.jp"),
    ("b@other.jp <a@example.jp>", "b@other.jp", "a@example.jp"),
    ('"b@other.jp" <a@example.jp>', "b@other.jp", "a@example.jp"),
    ("<<a@example.jp>>", "", "a@example.jp"),
    ("mailto:a@example.jp", "", "a@example.jp"),
    ("Taro <mailto:a@example.jp>", "Taro", "a@example.jp"),
    ("a@[192.0.2.1]", "", "a@[192.0.2.1]"),
    ("Taro [Sales] <a@example.jp>", "Taro [Sales]", "a@example.jp"),
    ("Sales: Taro <a@example.jp>", "Sales: Taro", "a@example.jp"),
    ("'Taro' <a@example.jp>", "Taro", "a@example.jp"),
    ("Taro\r\n <a@example.jp>", "Taro", "a@example.jp"),
    ('":sysmail"@  Some-Group. Some-Org', "", '":sysmail"@Some-Group.Some-Org'),
    ("Muhammed.(I am  the greatest) Ali @(the)Vegas.WBA", "I am the greatest the", "Muhammed.Ali@Vegas.WBA"),
    ('"Taro Yamada"a@example.jp', "Taro Yamada", "a@example.jp"),
    ('"evil@example.com x"@example.jp', "", '"evil@example.com x"@example.jp'),
    ('<"evil@example.com x"@example.jp>', "", '"evil@example.com x"@example.jp'),
    ("user%evil.com@example.jp", "", "user%evil.com@example.jp"),
    ("Taro <a@example.jp> <b@example.jp>", "Taro", "a@example.jp"),
    (encoded_word("evil@example.com"), "evil@example.com", ""),
    ("=?utf-8?Q?evil@example.com?=", "evil@example.com", ""),
    ("=?utf-8?Q?evil@example.com?= <a@example.jp>", "evil@example.com", "a@example.jp"),
    ("=?utf-8?Q?evil@example.com?= a@example.jp", "evil@example.com", "a@example.jp"),
    ("=?utf-8?q?=40evil.com?=@example.jp", "@evil.com@example.jp", ""),
    ("<a@b@example.jp>", "a@b@example.jp", ""),
    ("John Doe", "John Doe", ""),
    ("MAILER-DAEMON", "MAILER-DAEMON", ""),
    ("yamada.docomo.ne.jp", "yamada.docomo.ne.jp", ""),
]


@pytest.mark.parametrize(("written", "name", "address"), ONE)
def test_it_reads_one(written: str, name: str, address: str) -> None:
    assert [(one.name, one.address) for one in parse_addresses(written)] == [(name, address)]


@pytest.mark.parametrize(
    ("written", "addresses"),
    [
        ("", []),
        ("<>", []),
        (",", []),
        ("undisclosed-recipients:;", []),
        ("a@example.jp, b@example.jp", ["a@example.jp", "b@example.jp"]),
        ("a@example.jp; b@example.jp", ["a@example.jp", "b@example.jp"]),
        (", a@example.jp,, b@example.jp", ["a@example.jp", "b@example.jp"]),
        ("Team: a@example.jp, B <b@example.jp>;, c@example.jp", ["a@example.jp", "b@example.jp", "c@example.jp"]),
        ('"X, Y" <a@example.jp>, Z, Q <b@example.jp>', ["a@example.jp", "b@example.jp"]),
    ],
)
def test_it_reads_a_list(written: str, addresses: list[str]) -> None:
    assert [one.address for one in parse_addresses(written)] == addresses


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
def test_it_reads_a_raw_name(encoding: str) -> None:
    sender = read(mail(b"From: " + "山田 太郎".encode(encoding) + b" <a@example.jp>")).sender
    assert sender is not None
    assert (sender.name, sender.address) == ("山田 太郎", "a@example.jp")


def test_it_takes_the_first_sender_that_has_an_address() -> None:
    parsed = read(mail("From: Nobody\nFrom: A <a@example.jp>, b@example.jp"))
    assert parsed.sender is not None
    assert parsed.sender.address == "a@example.jp"
    assert [one.address for one in parsed.senders] == ["", "a@example.jp", "b@example.jp"]


def test_it_falls_back_to_the_sender_header() -> None:
    parsed = read(mail("Sender: a@example.jp\nSubject: x"))
    assert parsed.sender is not None
    assert parsed.sender.address == "a@example.jp"


@pytest.mark.parametrize(
    "bomb", ['"', "(", "<", "a,", "=?", '\\"', " ", "<a,", "a:", "@", "a@", ":;", "=?utf-8?q?", "\t<"]
)
def test_it_takes_no_time_over_a_long_one(bomb: str) -> None:
    assert len(parse_addresses(bomb * (100_000 // len(bomb)))) < 2_000
