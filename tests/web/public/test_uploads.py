"""Files that are too large: named before they are sent where scripts run, and no typed word is lost where none do."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.services.browser import Visitor, follow
from tests.web.look import Looker
from tests.web.public.test_request_form import PNG

MIB = 1024 * 1024
NEXT = "main form button.govuk-button >> nth=0"


@pytest.fixture
def database() -> str:
    """What a browser does with files does not depend on the database."""
    return "sqlite"


def files(folder: Path, *sizes: int) -> list[Path]:
    """Make files of these sizes in MiB that take no room on the disk."""
    made = [folder / f"{number}.bin" for number in range(len(sizes))]
    for path, size in zip(made, sizes, strict=True):
        with path.open("wb") as file:
            file.truncate(size * MIB)
    return made


def test_it_names_them_before_anything_is_sent(live: str, looker: Looker, language: str, tmp_path: Path) -> None:
    page, prefix = looker.page, "/en" if language == "en" else ""
    page.goto(f"{live}{prefix}/requests/new?kind=K40")
    page.fill("textarea[name=body]", "言葉")
    for name, sizes in (("too-large", (11, 1)), ("too-many", (10, 10, 10, 10, 10, 10))):
        page.set_input_files("input[type=file]", files(tmp_path, *sizes))
        page.click(NEXT)
        expect(page.locator("#uploads-weight")).to_be_visible()
        assert page.input_value("textarea[name=body]") == "言葉"
        looker.look(name)
    page.set_input_files("input[type=file]", [])
    expect(page.locator("#uploads-weight")).to_have_count(0)
    follow(page, NEXT)
    page.wait_for_selector(".govuk-error-summary")


def test_going_back_from_the_refusal_keeps_the_words(live: str, visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open(java_script_enabled=False).new_page()
    page.goto(f"{live}/requests/new?kind=K40")
    page.fill("textarea[name=body]", "言葉")
    page.set_input_files("input[type=file]", files(tmp_path, 65))
    follow(page, NEXT)
    assert "前の画面に戻ると" in page.inner_text("main")
    page.go_back()
    assert page.input_value("textarea[name=body]") == "言葉"


def test_a_form_that_is_too_old_keeps_the_files_of_our_own_page(live: str, visitor: Visitor) -> None:
    page = visitor.open().new_page()
    page.goto(f"{live}/requests/new?kind=K40")
    page.set_input_files("input[type=file]", {"name": "証拠.png", "mimeType": "image/png", "buffer": PNG})
    page.locator("input[name=csrf_token]").evaluate("field => { field.value = 'old' }")
    follow(page, NEXT)
    page.wait_for_selector(".notice--warn")
    assert "証拠.png" in page.inner_text(".parked")
    assert "もう一度選んでください" not in page.inner_text("main")
