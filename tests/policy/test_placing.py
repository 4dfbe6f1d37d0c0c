"""One policy written in many ways gives the same data; what has no place is listed, and what is no policy is refused."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from desk.policy.gaps import find_gaps, rules
from desk.policy.placing import Category, Group, Policy, Relation, read_policy
from desk.policy.source import MOST_BYTES, BadPolicy

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "desk" / "develop" / "sample_policy.ja.md"
COMPLETE = Path(__file__).parent / "samples" / "complete.ja.md"

PAGE = """<!doctype html><html><head><title>サイト</title><script>alert(1)</script></head><body>
<header><ul><li>1. 利用目的のページへ</li></ul></header><nav><ol><li>ホーム</li><li>会社案内</li></ol></nav>
<main><h1>プライバシーポリシー</h1><p>当社は、個人情報を次のとおり取り扱います。</p>
<h2>1. 取得する情報</h2><h3>お客様からいただく情報</h3><ul><li>お名前</li><li>住所</li></ul>
<h3>自動的に取得する情報</h3><ul><li>IPアドレス<script>steal()</script></li></ul>
<h2>2. 利用目的</h2><h3>お客様の個人情報</h3><ol><li>発送のため</li><li>連絡のため</li></ol>
<h3>採用応募者の個人情報</h3><ol><li>選考のため</li></ol>
<h2>3. 外部送信について</h2><table><tr><th>サービス</th><th>目的</th></tr><tr><td>Google Analytics</td><td>分析</td></tr></table>
<h2>4. 窓口</h2><p>メール：<a href="mailto:x@example.jp">ｐｒｉｖａｃｙ＠example.jp</a></p>
<p>2022年7月27日 制定<br>令和5年1月1日 改定</p></main><footer>© 見本</footer></body></html>"""

TYPED = """プライバシーポリシー

当社は、個人情報を次のとおり取り扱います。

第１条（取得する情報）
（１）お客様からいただく情報
・お名前
・住所
（２）自動的に取得する情報
・ＩＰアドレス

第２条（利用目的）
（１）お客様の個人情報
・発送のため
・連絡のため
（２）採用応募者の個人情報
・選考のため

第３条（外部送信について）
・Google Analytics（分析）

第４条（窓口）
メール：ｐｒｉｖａｃｙ＠example.jp

附則
２０２２年７月２７日　制定
令和５年１月１日　改定
"""

MARKED = """# プライバシーポリシー

当社は、個人情報を次のとおり取り扱います。

1. **取得する情報**
    1. お客様からいただく情報
        - お名前
        - 住所
    1. 自動的に取得する情報
        - ＩＰアドレス
1. **利用目的**
    1. お客様の個人情報
        - 発送のため
        - 連絡のため
    1. 採用応募者の個人情報
        - 選考のため
1. **外部送信について**

    - Google Analytics
1. **窓口**

    メール：**privacy@example.jp**

### 附則

令和4年07月27日　制定、令和5年1月1日　改定
"""


def read(text: str, charset: str = "utf-8") -> Policy:
    """Read a policy from a text."""
    return read_policy(text.encode(charset))


@pytest.mark.parametrize("text", [PAGE, TYPED, MARKED], ids=["page", "typed", "markdown"])
def test_it_reads_the_same_from_a_page_a_typed_text_and_markdown(text: str) -> None:
    policy = read(text)
    assert policy.document.title == "プライバシーポリシー"
    assert [line.text for line in policy.document.preamble] == ["当社は、個人情報を次のとおり取り扱います。"]
    assert [(one.number, one.heading) for one in policy.document.articles] == [
        ("1", "取得する情報"),
        ("2", "利用目的"),
        ("3", "外部送信について"),
        ("4", "窓口"),
    ]
    assert policy.purposes == {
        Group.USER: ("発送のため", "連絡のため"),
        Group.PARTNER: (),
        Group.APPLICANT: ("選考のため",),
    }
    assert [(one.text.replace("ＩＰ", "IP"), one.source) for one in policy.categories] == [
        ("お名前", "given"),
        ("住所", "given"),
        ("IPアドレス", "automatic"),
    ]
    assert [(one.name, one.relation) for one in policy.services] == [("Google Analytics", Relation.TRANSMISSION)]
    assert (policy.contact, policy.enacted_on) == ("privacy@example.jp", date(2022, 7, 27))
    assert policy.revised_on == date(2023, 1, 1)


def test_nothing_of_a_page_is_left_out_in_silence() -> None:
    assert [one.text for one in read(PAGE).unplaced if one.what == "text"] == ["<header>", "<script>"]


@pytest.mark.parametrize("charset", ["utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"])
def test_it_reads_any_encoding(charset: str) -> None:
    assert read(MARKED, charset) == read(MARKED)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_it_reads_any_line_end(end: str) -> None:
    assert read(MARKED.replace("\n", end)) == read(MARKED)


def test_it_reads_the_sample() -> None:
    policy = read_policy(SAMPLE.read_bytes())
    assert [len(texts) for texts in policy.purposes.values()] == [3, 2, 1]
    assert [one.source for one in policy.categories] == ["given"] * 3 + ["automatic"] * 3
    assert policy.categories[0] == Category("会社名、部署名、ご担当者のお名前", "given")
    assert {(one.name, one.relation) for one in policy.services} == {
        ("Google Analytics", Relation.UNDECIDED),
        ("Cloudflare", Relation.UNDECIDED),
    }
    assert (policy.contact, policy.enacted_on) == ("privacy@sample.example", date(2020, 4, 1))
    assert policy.unplaced == ()


def test_it_lists_what_it_cannot_place() -> None:
    text = "# プライバシーポリシー\n\n## 利用目的\n\n商品の発送のために利用します。\n\n## 株主の皆様の利用目的\n\n- 株主名簿の管理のため\n"
    policy = read(text)
    assert {(one.what, one.text) for one in policy.unplaced} >= {
        ("purpose", "商品の発送のために利用します。"),
        ("purpose", "株主名簿の管理のため"),
        ("contact", ""),
        ("date", ""),
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\0\0", "empty"),
        (b"%PDF-1.7 ...", "not-text"),
        (b"PK\x03\x04....", "not-text"),
        (bytes(range(256)) * 4, "not-text"),
        (b"# README\n\nInstall it.\n\n## Usage\n\nRun it.\n", "not-a-policy"),
        ("個人情報は大切です。".encode(), "not-a-policy"),
        (b"# privacy\n" + b"x" * MOST_BYTES, "too-large"),
        (b"<html><body><script>privacy</script></body></html>", "empty"),
    ],
)
def test_it_says_what_is_no_policy(content: bytes, code: str) -> None:
    with pytest.raises(BadPolicy) as caught:
        read_policy(content)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 5000 + "個人情報",
        "- " * 5000 + "個人情報",
        "1. " * 3000 + "個人情報の利用目的",
        ">" * 20_000 + "個人情報",
        "<table>" + "<tr><td>個人情報</td></tr>" * 20_000,
        "個人情報" * 80_000,
        "**" * 50_000 + "個人情報",
    ],
    ids=["divs", "lists", "numbers", "quotes", "table", "long", "stars"],
)
def test_it_survives_what_was_made_to_break_it(text: str) -> None:
    with suppress(BadPolicy):
        assert sum(len(article.text) for article in read(text).document.articles) <= len(text)


def test_it_finds_the_gaps_of_a_short_policy() -> None:
    found = [gap.rule.code for gap in find_gaps(read_policy(SAMPLE.read_bytes()))]
    assert found == [
        "address", "representative", "procedure", "fee", "security", "foreign", "certified-body", "rights", "window",
        "third-party", "retention", "minors", "numbering", "external-transmission",
    ]  # fmt: skip


def test_it_does_not_cry_wolf() -> None:
    assert find_gaps(read_policy(COMPLETE.read_bytes())) == []


FAULTS = {
    "wording": ("訂正・追加・削除", "訂正または追加また削除のた"),
    "undefined-terms": ("このページ", "本サイト"),
    "heading": (
        "法令に定める場合を除き、ご本人の同意なく個人データを第三者に提供しません。外国にある第三者へは提供しません。",
        "外国を含め、委託する場合は監督します。",
    ),
    "vague-purpose": ("お問い合わせにお答えするため", "その他前各号に付帯する事項のため"),
    "ssl": ("TLSによる暗号化", "SSLによる暗号化"),
    "change-notice": ("変更するときは", "利用者の同意が必要となる変更のときは"),
    "contact": ("privacy@mihon.example 電話 03-0000-0000 ", ""),
    "representative": ("代表取締役 見本 一郎", ""),
    "fee": ("手数料はいただきません。", ""),
    "minors": ("未成年の方のご請求は、法定代理人の方から承ります。", ""),
    "certified-body": ("当社は認定個人情報保護団体の対象事業者ではありません。", ""),
}


@pytest.mark.parametrize("code", FAULTS)
def test_it_finds_one_gap_and_no_other(code: str) -> None:
    right, wrong = FAULTS[code]
    text = COMPLETE.read_text()
    assert right in text
    found = {gap.rule.code for gap in find_gaps(read(text.replace(right, wrong)))}
    assert code in found
    assert found <= {code, "third-party"}


def test_every_rule_has_words_in_both_languages() -> None:
    assert len({rule.code for rule in rules()}) == len(rules()) >= 20
    for rule in rules():
        assert all(text for words in rule.words.values() for text in (words.title, words.why, words.answer))
