"""Whose word about a sender counts: the receiving server's own, and no other's."""

import pytest

from desk.mail.routing import Verdict
from desk.mail.verdict import read_verdict

OURS = "mx.desk.example"
SENDER = "hanako@person.example"


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ((), None),
        (("mx.desk.example; dmarc=pass header.from=person.example",), Verdict.PASS),
        (("MX.Desk.Example 1; spf=pass; dmarc=pass (p=reject) header.from=person.example",), Verdict.PASS),
        (("mx.desk.example; spf=pass; dmarc=fail (p=none) header.from=person.example",), Verdict.FAIL),
        (("mx.desk.example; dmarc=pass; dmarc=fail",), Verdict.FAIL),
        (("mx.desk.example; dmarc=none",), Verdict.NONE),
        (("mx.desk.example; none",), Verdict.NONE),
        (("mx.desk.example; dkim=pass header.d=person.example",), Verdict.PASS),
        (("mx.desk.example; dkim=pass header.i=@person.example header.s=a",), Verdict.PASS),
        (("mx.desk.example; dkim=pass header.d=evil.example",), Verdict.NONE),
        (("mx.desk.example; dkim=pass header.d=example",), Verdict.NONE),
        (("mx.desk.example; dkim=fail header.d=person.example",), Verdict.NONE),
        (("mx.evil.example; dmarc=pass",), None),
        (("mx.desk.example.evil.example; dmarc=pass",), None),
        (("; mx.desk.example; dmarc=pass",), None),
        (("(mx.desk.example;) mx.evil.example; dmarc=pass",), None),
        # the topmost of ours is the one that our server wrote; whoever sent the mail may have written one below
        (("mx.desk.example; dmarc=fail", "mx.desk.example; dmarc=pass"), Verdict.FAIL),
        (("mx.evil.example; dmarc=pass", "mx.desk.example; dmarc=fail"), Verdict.FAIL),
        (("mx.desk.example; dmarc=fail (mx; dmarc=pass)",), Verdict.FAIL),
        (("mx.desk.example" + ";" * 100_000,), Verdict.NONE),
    ],
)
def test_it_reads(headers: tuple[str, ...], verdict: Verdict | None) -> None:
    assert read_verdict(headers, OURS, SENDER) is verdict


def test_it_believes_nobody_without_a_name_of_its_own() -> None:
    assert read_verdict(("mx.desk.example; dmarc=pass",), None, SENDER) is None


def test_a_sender_without_a_domain_passes_nothing() -> None:
    assert read_verdict(("mx.desk.example; dkim=pass header.d=person.example",), OURS, None) is Verdict.NONE
