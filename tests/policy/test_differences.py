"""Two versions side by side: nothing of either is missing, and only what changed is marked."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from desk.policy.articles import Article, Document
from desk.policy.differences import Pair, compare
from desk.policy.lines import Kind, Line
from desk.policy.placing import read_policy

SAMPLE = (Path(__file__).parents[2] / "desk" / "develop" / "sample_policy.ja.md").read_text()


def words(pairs: list[Pair], side: str) -> list[str]:
    """Return the lines of one side."""
    return ["".join(piece.text for piece in found) for pair in pairs if (found := getattr(pair, side)) is not None]


def document(lines: list[str]) -> Document:
    """Make a policy of one article."""
    return Document("t", (), (Article("1", "h", tuple(Line(Kind.TEXT, 0, line) for line in lines)),), ())


def test_it_marks_the_words_that_changed() -> None:
    after = SAMPLE.replace("お取引に必要なご連絡のため", "お取引に必要なご連絡とご請求のため").replace(
        "        - IPアドレス\n\n", ""
    )
    pairs = compare(read_policy(SAMPLE.encode()).document, read_policy(after.encode()).document)
    changed = [pair for pair in pairs if pair.is_changed]
    assert [(words([pair], "before"), words([pair], "after")) for pair in changed] == [
        (["IPアドレス"], []),
        (["お取引に必要なご連絡のため"], ["お取引に必要なご連絡とご請求のため"]),
    ]
    assert [piece.text for piece in changed[1].after or () if piece.is_changed] != []
    assert "".join(piece.text for piece in changed[1].before or () if not piece.is_changed).startswith("お取引に必要")


def test_the_same_is_the_same() -> None:
    found = read_policy(SAMPLE.encode()).document
    assert not any(pair.is_changed for pair in compare(found, found))


@given(
    st.lists(st.text(st.sampled_from("あいう利用目的abc "), max_size=12), max_size=8),
    st.lists(st.text(st.sampled_from("あいう利用目的abc "), max_size=12), max_size=8),
)
def test_nothing_of_either_is_missing(before: list[str], after: list[str]) -> None:
    pairs = compare(document(before), document(after))
    assert words(pairs, "before")[2:] == before
    assert words(pairs, "after")[2:] == after
