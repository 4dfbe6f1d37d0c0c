"""Each case of the threat model that is due has its proof: a file of its number, or a line of the table that names a test."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "security"
DUE = (
    *(f"W{number}" for number in range(1, 8)),
    *(f"A{number}" for number in range(1, 7)),
    *(f"Z{number}" for number in range(1, 5)),
    *(f"I{number}" for number in range(1, 10)),
    *(f"O{number}" for number in range(1, 6)),
    *(f"S{number}" for number in range(1, 5)),
    *("U1", "U4", "U5", "P1", "P3", "Q1", "Q2", "D1", "D2", "D3", "T1", "T2", "F1", "F2", "F3", "C1", "M1", "L1", "L2"),
)
ROW = re.compile(r"^\| ([A-Z]\d) \|[^|]+\| (tests/[\w/]+\.py)::(\w+) \|$", re.MULTILINE)


def test_every_case_is_proved() -> None:
    table = (FOLDER / "README.md").read_text()
    rows = ROW.findall(table)
    assert len(rows) == len(re.findall(r"^\| [A-Z]\d ", table, re.MULTILINE))
    for _case, file, name in rows:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE), f"{file}::{name}"
    own = {number for path in FOLDER.glob("test_*.py") for number in re.findall(r"[A-Z]\d", path.stem)}
    assert set(DUE) - own - {case for case, _file, _name in rows} == set()
