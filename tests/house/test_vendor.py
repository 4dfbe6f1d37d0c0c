"""The vendored front-end files are what the checksum file says, with licences, and fetch nothing from elsewhere."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "desk" / "static" / "vendor"
CHECKSUMS = VENDOR / "CHECKSUMS.sha256"


def _promised() -> dict[str, str]:
    lines = CHECKSUMS.read_text(encoding="ascii").splitlines()
    return {name.strip(): digest for digest, name in (line.split(" ", 1) for line in lines)}


def test_it_holds_exactly_the_listed_files_unchanged() -> None:
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path != CHECKSUMS
    }
    assert found == _promised()


def test_it_keeps_a_licence_beside_each_package() -> None:
    packages = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert packages
    assert [path.name for path in packages if not (path / "LICENSE.txt").is_file()] == []


def test_it_asks_for_no_file_outside_the_package() -> None:
    for sheet in VENDOR.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text
        assert "@font-face" not in text
        assert [url for url in re.findall(r"url\(([^)]*)\)", text) if not url.strip("\"'").startswith("data:")] == []


def test_it_is_described_by_the_script_that_fetched_it() -> None:
    script = (VENDOR.parents[2] / "scripts" / "vendor.sh").read_text(encoding="utf-8")
    for package in VENDOR.iterdir():
        if package.is_dir():
            assert package.name.rsplit("-", 1)[1] in script
