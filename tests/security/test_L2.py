"""L2: one line an event, whatever a stranger writes; secrets and addresses are masked."""

import json
import logging

import pytest
import structlog

from desk.logs import init_logs

NASTY = "a\r\nb\x1b[31mc\u2028d\x00e"
SECRET = "k3J9" * 11


@pytest.mark.parametrize("production", [True, False])
def test_it_writes_one_line_an_event(capsys: pytest.CaptureFixture[str], production: bool) -> None:
    init_logs(production=production)
    structlog.get_logger("desk.test").warning("x.y", agent=NASTY, path=f"/s/{SECRET}", to="taro@person.example")
    logging.getLogger("stranger").warning("subject %s", NASTY)
    try:
        raise ValueError("taro@person.example 山田太郎")  # noqa: TRY301 - the text is what must not be logged
    except ValueError:
        logging.getLogger("rq").exception("failed")
    written = capsys.readouterr().err
    assert written.count("\n") == len(written.split("\n")) - 1 == 3
    for hidden in ("\r", "\x1b", "\u2028", "\x00", SECRET, "taro@person.example", "山田太郎"):
        assert hidden not in written
    if production:
        assert all(isinstance(json.loads(line), dict) for line in written.split("\n") if line)
