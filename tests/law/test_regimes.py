"""The Japanese regime as data: what each kind says, what is active when, and that broken data is refused."""

from datetime import date

import pytest

from desk.law.loading import BadRegime, find_source, read_regime, shared_source
from desk.law.regimes import (
    Counting,
    Identity,
    Span,
    Unit,
    UnknownKind,
    UnknownOutcome,
    UnknownRegime,
    get_regime,
)

APPI = get_regime("jp-appi")
SOURCE, SHARED = find_source("jp-appi") or "", shared_source()
TODAY = date(2026, 11, 24)

# Act: which kinds are statutory, may cost a fee (Article 38), fall under the pre-suit rule (Article 39).
STATUTORY = {"I32", "P32", "D33", "T33", "C34", "S351", "X353", "S355", "F283", "K40", "S357", "S359"}
FEE = {"P32", "D33", "T33"}
PRE_SUIT = {"D33", "T33", "C34", "S351", "X353", "S355", "S357", "S359"}


def test_it_carries_the_catalogue_of_the_act() -> None:
    kinds = APPI.kinds.values()
    assert APPI.version.startswith("jp-appi-2026-11/")
    assert {kind.code for kind in kinds if kind.statutory} == STATUTORY
    assert {kind.code for kind in kinds if kind.fee_allowed} == FEE
    assert {kind.code for kind in kinds if kind.art39} == PRE_SUIT
    assert {kind.code for kind in kinds if kind.answer_by_mail} == {"N-GEN", "N-COOKIE"}
    assert {kind.code for kind in kinds if kind.needs_postal} == {"D33", "T33"}


@pytest.mark.parametrize(("kind", "reply", "target", "ceiling"), [
    *((kind, (2, "bus"), (5, "bus"), (14, "cal")) for kind in ("I32", "P32", "F283", "N-GEN", "N-COOKIE", "N-CONS")),
    *((kind, (2, "bus"), (10, "cal"), (14, "cal")) for kind in ("D33", "T33", "C34", "N-APPL")),
    *((kind, (2, "bus"), (7, "cal"), (14, "cal")) for kind in ("S351", "X353", "S355", "N-ACCT", "S357", "S359")),
    ("K40", (1, "bus"), (10, "cal"), (30, "cal")),
    ("N-UNSUB", (0, "bus"), (1, "bus"), (3, "bus")),
    ("N-BREACH", (1, "hour"), None, None),
])  # fmt: skip
def test_it_carries_the_times_of_each_kind(
    kind: str, reply: tuple[int, str], target: tuple[int, str] | None, ceiling: tuple[int, str] | None
) -> None:
    spans = [Span(span[0], Unit(span[1])) if span else None for span in (reply, target, ceiling)]
    found = APPI.kind(kind)
    assert [found.reply, found.target, found.ceiling] == spans


@pytest.mark.parametrize(("kind", "grounds"), [
    ("P32", "G1 G2 G3 G4"),
    ("D33", "G5 G6 G7 G8 G9 G10"),
    ("T33", "G5 G6 G7 G9 G10"),
    ("C34", "G11 G12 G13"),
    ("S351", "G14 G15"),
    ("K40", ""),
])  # fmt: skip
def test_it_names_the_grounds_of_refusal(kind: str, grounds: str) -> None:
    assert [ground.code for ground in APPI.grounds_of(kind)] == grounds.split()


def test_it_quotes_the_act_where_it_refuses() -> None:
    assert list(APPI.grounds) == [f"G{n}" for n in range(1, 16)]
    assert APPI.grounds["G7"].wording == "他の法令に違反することとなる場合"
    assert {code for code, ground in APPI.grounds.items() if not ground.wording} == {"G8"}  # paraphrased only


def test_it_ends_each_kind_with_its_outcomes() -> None:
    assert [outcome.code for outcome in APPI.outcomes_of("K40")][:2] == ["K-OK", "K-DIFF"]
    for kind in APPI.kinds.values():
        assert {"DUP", "SPAM"} <= set(kind.outcomes), kind.code
    assert {code for kind in APPI.kinds.values() for code in kind.outcomes} == set(APPI.outcomes)


def test_it_sorts_outcomes_for_figures_and_letters() -> None:
    by = {how: {o.code for o in APPI.outcomes.values() if o.counting is how} for how in Counting}
    assert by[Counting.EXCLUDED] == {"DUP", "SPAM"}
    assert by[Counting.APART] == {"WD", "LAPSED"}
    assert {o.code for o in APPI.outcomes.values() if o.letter is None} == {"SPAM"}
    assert {o.code for o in APPI.outcomes.values() if o.letter == "L9"} == {"S-STOP", "S-ERASE", "X-STOP"}
    assert APPI.outcome("D-NOTEXIST").refusal
    assert not APPI.outcome("D-FULL").refusal


def test_it_offers_what_is_in_force_and_checked() -> None:
    active = {kind.code for kind in APPI.active_kinds(TODAY)}
    assert set(APPI.kinds) - active == {"S357", "S359", "N-COOKIE", "N-APPL"}
    assert "N-COOKIE" in {kind.code for kind in APPI.active_kinds(TODAY, {"N-COOKIE", "S357"})}
    assert "S357" not in {kind.code for kind in APPI.active_kinds(TODAY, {"S357"})}
    assert APPI.active_kinds(date(2022, 3, 31)) == ()


def test_it_ends_a_kind_on_its_last_day() -> None:
    ended = read_regime(SOURCE.replace("[kinds.D33]", "[kinds.D33]\nvalid_to = 2028-03-31")).kind("D33")
    assert ended.is_valid_on(date(2028, 3, 31))
    assert not ended.is_valid_on(date(2028, 4, 1))


def test_it_speaks_both_languages() -> None:
    name = APPI.kind("K40").name
    assert (name.ja, name.get("ja"), name.get("en"), name.get("en_GB")) == ("苦情", "苦情", "Complaint", "Complaint")
    assert all(item.text.ja and item.text.en for kind in APPI.kinds.values() for item in kind.checklist)
    assert APPI.kind("D33").needs_identity is Identity.FULL


@pytest.mark.parametrize("code", ["mars", "shared", "../jp-appi", "", "jp-appi.toml", "JP-APPI"])
def test_it_refuses_an_unknown_regime(code: str) -> None:
    with pytest.raises(UnknownRegime):
        get_regime(code)


def test_it_refuses_an_unknown_kind_and_outcome() -> None:
    with pytest.raises(UnknownKind, match="D99"):
        APPI.kind("D99")
    with pytest.raises(UnknownOutcome, match="NEVER"):
        APPI.outcome("NEVER")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('code = "jp-appi"', "code = ", "not TOML"),
        ('version = "jp-appi-2026-11"', "", "regime.version"),
        ("ack = { n = 30", "ack = { n = -30", "negative"),
        ("ack = {", "nack = {", "regime.ack"),
        ('unit = "cal"', 'unit = "week"', "week"),
        ('"D-FULL", "D-PART"', '"D-ALL", "D-PART"', "kinds.D33.outcomes: not in the data: D-ALL"),
        ('grounds = ["G1",', 'grounds = ["G99",', "kinds.P32.grounds: not in the data: G99"),
        ('outcomes = ["K-OK", "K-DIFF", "REF", "LAPSED", "WD", "DUP", "SPAM"]', "outcomes = []", "no outcome"),
        ("valid_from = 2022-04-01", 'valid_from = "soon"', "kinds.I32.valid_from"),
        ("valid_from = 2022-04-01", "valid_from = 2022-04-01\nvalid_to = 2021-01-01", "valid_to is before"),
        ('certainty = "A"', 'certainty = "sure"', "certainty"),
        ('checklist = "complaint"', 'checklist = "nowhere"', "no checklist 'nowhere'"),
        ('needs_identity = "full"', 'needs_identity = "blood"', "blood"),
        ("statutory = true", "statutory = 1", "statutory: must be bool"),
        ('name = { ja = "苦情"', 'name = { ja = ""', "kinds.K40.name: both languages"),
        (
            "information = [\n",
            'information = [\n    ["only one"],\n',
            "checklists.information: must be a list of tables",
        ),
        ("reopened = {", "reopening = {", "rules: not in the data: reopened"),
        ("limit-art39 = {", "limit-art40 = {", "rules: not in the data: limit-art39"),
        ("art39 = true", 'art39 = true\npauses = ["identity"]', "only a ceiling of the law can move"),
        ("art39 = true", 'art39 = true\nlegal_ceiling = true\npauses = ["whim"]', "whim"),
    ],
)
def test_it_refuses_data_that_does_not_hold_together(old: str, new: str, words: str) -> None:
    assert old in SOURCE + SHARED
    with pytest.raises(BadRegime, match=words):
        read_regime(SOURCE.replace(old, new, 1), SHARED.replace(old, new, 1))
