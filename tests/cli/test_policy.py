"""`desk policy import`: what it prints, and what it says of files that are no policy."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask.ctx import AppContext

from desk.cli.policy import policy
from desk.policy.register import list_drafts, list_versions

SAMPLE = Path(__file__).parents[2] / "desk" / "develop" / "sample_policy.ja.md"


def run(context: AppContext, *arguments: str) -> Result:
    """Run the command on the desk of a test."""
    return context.app.test_cli_runner().invoke(policy, ["import", *arguments])


def test_it_prints_what_was_read(context: AppContext) -> None:
    done = run(context, str(SAMPLE), "--effective", "2024-04-01", "--json")
    assert done.exit_code == 0, done.output
    read = json.loads(done.stdout)
    assert read["version"] == 1
    assert read["articles"][1] == {"number": "2", "heading": "利用目的"}
    assert {group: len(texts) for group, texts in read["purposes"].items()} == {"user": 3, "partner": 2, "applicant": 1}
    assert read["categories"][-1] == {"text": "お使いのブラウザの種類", "source": "automatic"}
    assert read["processors"] == [
        {"name": "Google Analytics", "relation": "undecided"},
        {"name": "Cloudflare", "relation": "undecided"},
    ]
    assert read["contact"] == "privacy@sample.example"
    assert {"code": "address", "text": "住所が書かれていません"} in read["gaps"]
    assert [row.number for row in list_versions()] == [1]


def test_the_same_again_prints_the_same(context: AppContext) -> None:
    first = run(context, str(SAMPLE), "--effective", "2024-04-01", "--json")
    again = run(context, str(SAMPLE), "--effective", "2024-04-01", "--json")
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    other = run(context, str(SAMPLE), "--effective", "2024-05-01")
    assert (other.exit_code, "version 1 already" in other.stderr) == (1, True)


def test_it_says_in_words_what_a_person_has_to_see_to(context: AppContext, tmp_path: Path) -> None:
    file = tmp_path / "policy.md"
    file.write_text("# プライバシーポリシー\n## 利用目的\n- 発送のため\n## 株主の皆様の利用目的\n- 名簿のため\n")
    done = run(context, str(file), "--effective", "2024-04-01")
    assert done.exit_code == 0
    assert "version 1, in force from 2024-04-01: プライバシーポリシー" in done.stdout
    assert "not placed (purpose): 株主の皆様の利用目的 名簿のため" in done.stdout
    assert "gap contact: " in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no text"),
        (b"%PDF-1.7", "is no text"),
        (b"# README\n\n## Usage\n", "no articles"),
        (b"x" * 5_000_000, "larger than"),
    ],
)
def test_it_says_what_is_no_policy(context: AppContext, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "file").write_bytes(content)
    done = run(context, str(tmp_path / "file"), "--effective", "2024-04-01")
    assert (done.exit_code, words in done.stderr) == (1, True)
    assert [*list_versions(), *list_drafts()] == []


def test_a_taken_date_leaves_nothing_behind(context: AppContext, tmp_path: Path) -> None:
    assert run(context, str(SAMPLE), "--effective", "2024-04-01").exit_code == 0
    (tmp_path / "other.md").write_text(SAMPLE.read_text().replace("改定", "変更"))
    done = run(context, str(tmp_path / "other.md"), "--effective", "2024-04-01")
    assert (done.exit_code, "version 1 has the same date" in done.stderr) == (1, True)
    assert list_drafts() == []


def test_a_development_desk_begins_with_the_sample(context: AppContext) -> None:
    for _time in range(2):
        assert context.app.test_cli_runner().invoke(policy, ["sample"]).exit_code == 0
        (version,) = list_versions()
    assert (version.number, str(version.effective_on)) == (1, "2020-04-01")
