"""Dates, references, sizes and hidden characters read as people expect, in both languages."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel, force_locale
from jinja2 import UndefinedError
from wtforms import BooleanField, FileField, Form, PasswordField, RadioField, SelectField, StringField, TextAreaField

from desk.web import filters

DESK = Path(__file__).parents[2] / "desk"
FRIDAY = date(2026, 12, 4)


def make_app(strict: bool = True) -> Flask:
    app = Flask("desk", root_path=str(DESK), template_folder=str(DESK.parent / "templates"))
    app.config.update(
        BABEL_DEFAULT_LOCALE="ja", BABEL_TRANSLATION_DIRECTORIES=str(DESK / "translations" / "common"), TESTING=strict
    )
    Babel(app)
    filters.register(app)
    return app


@pytest.fixture(autouse=True)
def page() -> Iterator[Flask]:
    app = make_app()
    with app.test_request_context():
        yield app


def test_it_writes_a_day_in_both_languages() -> None:
    assert filters.day(FRIDAY) == "2026年12月4日（金）"
    assert filters.short_day(FRIDAY) == "12/4（金）"
    with force_locale("en"):
        assert filters.day(FRIDAY) == "Fri 4 Dec 2026"
        assert filters.short_day(FRIDAY) == "4 Dec"
        assert filters.short_day(FRIDAY, date(2027, 1, 4)) == "4 Dec 2026"
        assert filters.bracketed("Complaint", "K40") == "Complaint (K40)"
    assert filters.short_day(FRIDAY, date(2027, 1, 4)) == "2026/12/4（金）"
    assert filters.short_day(FRIDAY, date(2026, 1, 4)) == "12/4（金）"
    assert filters.bracketed("苦情", "K40") == "苦情（K40）"
    assert filters.day(None) == filters.short_day(None) == filters.moment(None) == filters.iso(None) == ""


def test_it_takes_instants_in_japan_time() -> None:
    late_evening_in_utc = datetime(2026, 12, 3, 15, 5, tzinfo=UTC)
    assert filters.moment(late_evening_in_utc) == "2026年12月4日（金）00:05"
    assert filters.day(late_evening_in_utc) == "2026年12月4日（金）"
    assert filters.moment(late_evening_in_utc.astimezone(timezone(timedelta(hours=-8)))) == "2026年12月4日（金）00:05"
    assert filters.moment(late_evening_in_utc.replace(tzinfo=None)) == "2026年12月4日（金）00:05"
    assert filters.iso(late_evening_in_utc) == "2026-12-04T00:05:00+09:00"
    assert filters.iso(FRIDAY) == "2026-12-04"
    with force_locale("en"):
        assert filters.moment(late_evening_in_utc) == "Fri 4 Dec 2026, 00:05"


@pytest.mark.parametrize(
    ("today", "business_days", "japanese", "english", "nearness"),
    [
        (date(2026, 12, 1), 3, "あと3営業日", "3 business days left", "soon"),
        (date(2026, 12, 3), 1, "あと1営業日", "1 business day left", "soon"),
        (date(2026, 11, 20), 10, "あと10営業日", "10 business days left", "ahead"),
        (date(2026, 12, 2), None, "あと2日", "2 days left", "soon"),
        (date(2026, 12, 3), 0, "あと1日", "1 day left", "soon"),
        (FRIDAY, 0, "本日", "Today", "today"),
        (date(2026, 12, 6), -1, "2日超過", "2 days overdue", "late"),
    ],
)
def test_it_says_how_far_a_date_is(
    today: date, business_days: int | None, japanese: str, english: str, nearness: str
) -> None:
    assert filters.days_left(FRIDAY, today, business_days) == japanese
    assert filters.nearness(FRIDAY, today, business_days) == nearness
    with force_locale("en"):
        assert filters.days_left(FRIDAY, today, business_days) == english


def test_it_splits_references_for_reading_aloud() -> None:
    assert filters.ref_groups("ABCD2345EFGH") == ["ABCD", "2345", "EFGH"]
    assert filters.ref_groups("ABC-2345") == ["ABC", "2345"]


def test_it_writes_sizes_for_people() -> None:
    assert [filters.filesize(count) for count in (512, 1024, 3482, 10 * 1024**2)] == [
        "512バイト", "1 KB", "3.4 KB", "10 MB",
    ]  # fmt: skip
    with force_locale("en"):
        assert filters.filesize(1) == "1 byte"
        assert filters.filesize(512) == "512 bytes"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("山田　太郎\n東京都", "山田　太郎\n東京都"),
        ("plain text", "plain text"),
        ("invoice\u202efdp.exe", "invoice⟦U+202E⟧fdp.exe"),
        ("a\u200bb\ufeff", "a⟦U+200B⟧b⟦U+FEFF⟧"),
        ("\x1b[31mred", "⟦U+001B⟧[31mred"),
        ("\u2066x\u2069", "⟦U+2066⟧x⟦U+2069⟧"),
        ("\u3164", "⟦U+3164⟧"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("葛\U000e0100城 e\u0301", "葛\U000e0100城 e\u0301"),
    ],
)
def test_it_shows_hidden_characters_w3(typed: str, shown: str) -> None:
    assert filters.escape_hidden(typed) == shown


def test_it_names_the_markup_of_a_field() -> None:
    class Every(Form):
        text = StringField()
        secret = PasswordField()
        body = TextAreaField()
        kind = RadioField(choices=["a"])
        country = SelectField(choices=["a"])
        agreed = BooleanField()
        paper = FileField()

    assert [filters.field_kind(field) for field in Every()] == [
        "input", "input", "textarea", "radios", "select", "checkbox", "file",
    ]  # fmt: skip


def test_it_makes_round_axis_marks() -> None:
    assert filters.nice_ticks(0) == [0, 1]
    assert filters.nice_ticks(7) == [0, 2, 4, 6, 8]
    assert filters.nice_ticks(1234) == [0, 500, 1000, 1500]


def test_it_gives_a_file_an_address_that_changes_with_its_content(tmp_path: Path) -> None:
    app = Flask("desk", static_folder=str(tmp_path), static_url_path="/static")
    filters.register(app)
    sheet = tmp_path / "a.css"
    sheet.write_text("a{}")
    with app.test_request_context():
        first = filters.static_url("a.css")
        assert first == filters.static_url("a.css")
        sheet.write_text("b{}")
        os.utime(sheet, (1, 1))
        assert filters.static_url("a.css") != first
        assert first.startswith("/static/a.css?v=")


def test_it_raises_for_missing_names_in_tests_only() -> None:
    with pytest.raises(UndefinedError):
        render_template_string("{{ nobody.there }}")
    with make_app(strict=False).test_request_context():
        assert render_template_string("{{ nobody.there.at_all }}") == ""
