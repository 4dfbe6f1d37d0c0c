"""Typeset a paper: one of the layouts in `templates/paper` and what stands on it, as a PDF in Japanese.

It is PDF/UA-1, unless something on it has no character in the font, which that standard forbids.

The typesetter and its fonts are forty megabytes: each paper is made by a process of its own, which ends with it. Its
environment is empty: it needs no secret, and can tell none.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LAYOUTS = ROOT / "templates" / "paper"
LONGEST_S = 30
"""A paper takes a tenth of a second; this only ends one that hangs."""


class NotTypeset(Exception):
    """The paper could not be made; what it would have said is as it was."""


def typeset(layout: str, data: dict[str, Any]) -> bytes:
    """Return a PDF of a layout, filled with `data` (values that JSON knows). Raises `NotTypeset`.

    Texts are set as they are: nothing in them is a command.
    """
    command = [sys.executable, "-s", "-m", "desk.typeset", layout]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            check=False,
            input=json.dumps(data).encode(),
            capture_output=True,
            timeout=LONGEST_S,
            env={"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotTypeset(layout) from error
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise NotTypeset(layout)
    return done.stdout


def _main() -> None:
    import pylopdf_fonts_jp
    import typst

    paper: dict[str, Any] = {
        "input": LAYOUTS / f"{sys.argv[1]}.typ",
        "format": "pdf",
        "root": LAYOUTS,
        "font_paths": [pylopdf_fonts_jp.sans_path().parent],
        "ignore_system_fonts": True,
        "sys_inputs": {"data": sys.stdin.buffer.read().decode()},
    }
    try:
        pdf = typst.compile(**paper, pdf_standards="ua-1")
    except typst.TypstError:  # a character that the font lacks: a paper with a gap is better than none
        pdf = typst.compile(**paper)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    _main()
