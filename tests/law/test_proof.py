"""What documents show: one of the first list, two of the second, and for agents their authority besides."""

import pytest

from desk.law.proof import Lacking, Shows, get_proof, lacking

IDENTITY, AUTHORITY, SEAL = Lacking.IDENTITY, Lacking.AUTHORITY, Lacking.SEAL


@pytest.mark.parametrize(
    ("own", "missing"),
    [
        ([], (IDENTITY,)),
        (["licence"], ()),
        (["my-number"], ()),
        (["residence"], ()),
        (["eligibility"], (IDENTITY,)),
        (["eligibility", "record"], ()),
        (["passport", "other"], ()),
        (["attorney", "seal"], (IDENTITY,)),
        (["family", "guardian"], (IDENTITY,)),
    ],
)
def test_one_or_two_show_who_somebody_is(own: list[str], missing: tuple[Lacking, ...]) -> None:
    assert lacking([(code, False) for code in own], None) == missing


@pytest.mark.parametrize(
    ("relation", "accepted", "missing"),
    [
        ("statutory", [], (IDENTITY, AUTHORITY)),
        ("statutory", [("licence", True)], (AUTHORITY,)),
        ("statutory", [("licence", True), ("family", False)], ()),
        ("statutory", [("licence", True), ("guardian", True)], ()),
        ("statutory", [("licence", True), ("attorney", True), ("seal", False)], (AUTHORITY,)),
        (
            "statutory",
            [("licence", False), ("family", False)],
            (IDENTITY,),
        ),  # the child's own shows nothing of the parent
        ("appointed", [("licence", True)], (AUTHORITY, SEAL)),
        ("appointed", [("licence", True), ("attorney", False)], (SEAL,)),
        ("appointed", [("licence", True), ("attorney", False), ("seal", False)], ()),
        ("other", [("licence", True), ("attorney", False), ("seal", False)], ()),
        ("lawyer", [("licence", True), ("attorney", False)], ()),
        ("lawyer", [("licence", True)], (AUTHORITY,)),
    ],
)
def test_an_agent_shows_more(relation: str, accepted: list[tuple[str, bool]], missing: tuple[Lacking, ...]) -> None:
    assert lacking(accepted, relation) == missing


def test_every_document_is_looked_at() -> None:
    proof = get_proof()
    assert len({one.code for one in proof.documents}) == len(proof.documents)
    for one in proof.documents:
        assert one.checks
        assert one.name.ja
        assert one.name.en
        assert (one.enough > 0) == (one.shows is Shows.PERSON)
        assert ("front" in dict(one.checks)) == (one.code == "my-number"), "of that card the front alone"
    assert [one.ja for one in proof.double] == [
        "資格確認書",
        "住民票の写し（発行後3か月以内、本籍とマイナンバーの記載がないもの）",
        "パスポート（住所の記載がないもの）など",
    ]
