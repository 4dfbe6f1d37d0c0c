"""A paper is what was handed in and nothing else, whatever stands in the texts; what goes wrong is said."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from desk import typeset
from tests.web.hostile import CORPUS

HOSTILE = [
    *CORPUS,
    '#read("/etc/passwd")',
    '#panic("x")',
    "$x$ *b* _i_ `c` <l> @r \\",
    "= 見出し",
    "髙﨑①②㈱ｱｲｳ",
    "x" * 3000,
    "あ" * 3000,
]


def inspection(**changes: Any) -> dict[str, Any]:
    """Return what stands on the paper of an inspection."""
    data: dict[str, Any] = {
        "lang": "ja", "company": "株式会社見本", "title": "点検記録", "draft": "", "facts": [["事業者", "株式会社見本"]],
        "headings": ["項目", "今年", "昨年"], "sections": [{"title": "受付", "lines": [["受付", "1", "2"]]}],
        "checks_title": "確認", "checks": [["教育", "3"]], "actions_title": "是正処置", "none": "なし",
        "texts": [{"title": "気づいたこと", "text": "なし"}, {"title": "指示", "text": "なし"}],
        "actions": {"headings": ["内容", "担当", "期限", "結果"], "rows": []}, "signatures": [["管理者", "佐藤", ""]],
    }  # fmt: skip
    return data | changes


def words_of(pdf: bytes) -> str:
    """Return the letters of a PDF, without white space: lines break where they must."""
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return "".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_it_sets_texts_as_they_are(text: str) -> None:
    rows = [[text, "佐藤", "2027年1月1日", text]]
    pdf = typeset.typeset("inspection", inspection(actions={"headings": list("abcd"), "rows": rows}))
    letters = "".join(char for char in text if char.isalnum())[:60]
    assert letters in "".join(char for char in words_of(pdf) if char.isalnum())
    assert b"root:" not in pdf


def test_it_names_no_file_of_the_machine() -> None:
    pdf = typeset.typeset("inspection", inspection())
    assert b"/tmp" not in pdf
    assert str(typeset.LAYOUTS).encode() not in pdf


@pytest.mark.parametrize(
    ("layout", "data"),
    [("nowhere", inspection()), ("../mail/frame", {}), ("inspection", {}), ("inspection", {"title": 3})],
)
def test_it_says_when_no_paper_can_be_made(layout: str, data: dict[str, Any]) -> None:
    with pytest.raises(typeset.NotTypeset):
        typeset.typeset(layout, data)


def test_it_ends_a_typesetter_that_hangs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spy = tmp_path / "python"
    spy.write_text("#!/bin/sh\nexec sleep 600\n")
    spy.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(spy))
    monkeypatch.setattr(typeset, "LONGEST_S", 1)  # of a process that never answers
    with pytest.raises(typeset.NotTypeset):
        typeset.typeset("inspection", inspection())


def test_the_typesetter_is_told_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESK_SECRET_KEY", "open-sesame")
    spy = tmp_path / "python"
    spy.write_text("#!/bin/sh\necho %PDF-\nenv\npwd\n")
    spy.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(spy))
    told = typeset.typeset("inspection", inspection()).decode()
    assert "LC_ALL=C.UTF-8" in told
    assert "open-sesame" not in told
    assert told.splitlines()[-1] == "/"


def test_the_process_that_asks_stays_small() -> None:
    code = (
        "import json, sys; from desk.typeset import typeset; "
        f"pdf = typeset('inspection', json.loads({json.dumps(json.dumps(inspection()))})); "
        "print(pdf[:5] == b'%PDF-', 'typst' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
