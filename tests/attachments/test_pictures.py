"""Strangers' pictures and PDFs as pixels: what is shown, what is covered, and what is refused without harm."""

import os
import subprocess
import sys
from io import BytesIO

import pillow_heif
import pytest
from PIL import Image

from desk.attachments import drawing
from desk.attachments.pictures import MOST_PAGES, ROOT, Box, NotShown, count_pages, cover, draw_page
from tests.pictures import bomb, colours, pages, picture

MARK = ["ABCD-EFGH-JKLM", "佐藤 窓口", "2026年6月10日 10:00"]
LEFT, RIGHT = (0.02, 0.5), (0.98, 0.98)


def is_near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
def test_it_draws_what_people_send(kind: str) -> None:
    drawn = draw_page(picture(kind), 0, [])
    assert drawn.startswith(b"\xff\xd8")
    left, right = colours(drawn, LEFT, RIGHT)
    assert is_near(left, (200, 30, 30))
    assert is_near(right, (255, 255, 255))


def test_it_draws_a_telephones_picture() -> None:
    made = BytesIO()
    pillow_heif.from_pillow(Image.open(BytesIO(picture()))).save(made)
    assert is_near(colours(draw_page(made.getvalue(), 0, []), LEFT)[0], (200, 30, 30))


def test_it_turns_a_picture_as_the_camera_was_held() -> None:
    exif, made = Image.Exif(), BytesIO()
    exif[0x0112] = 6
    Image.open(BytesIO(picture())).save(made, "JPEG", exif=exif)
    assert Image.open(BytesIO(draw_page(made.getvalue(), 0, []))).size == (500, 800)


def test_it_shows_what_is_clear_on_white() -> None:
    made = BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(made, "PNG")
    assert is_near(colours(draw_page(made.getvalue(), 0, []), (0.5, 0.5))[0], (255, 255, 255))


def test_who_looks_is_written_across_it() -> None:
    plain, marked = draw_page(picture(), 0, []), draw_page(picture(), 0, MARK)
    white = [(x / 40, y / 40) for x in range(22, 40) for y in range(40)]
    assert all(is_near(one, (255, 255, 255)) for one in colours(plain, *white))
    assert sum(not is_near(one, (255, 255, 255)) for one in colours(marked, *white)) > 10


def test_nothing_of_the_file_comes_along() -> None:
    assert b"canary-description" in picture()
    assert b"canary-description" not in draw_page(picture(), 0, MARK)
    assert b"canary-description" not in cover(picture(), 0, [Box(0, 0, 10, 10)])[0]


def test_it_draws_each_page_and_no_more() -> None:
    content = pages(3)
    assert count_pages(content) == 3
    assert len({draw_page(content, number, []) for number in range(3)}) == 3
    for number in (-1, 3):
        with pytest.raises(NotShown):
            draw_page(content, number, [])
    assert count_pages(pages(MOST_PAGES + 1)) == MOST_PAGES + 1
    with pytest.raises(NotShown):
        draw_page(pages(MOST_PAGES + 1), MOST_PAGES, [])


def test_what_is_covered_is_gone() -> None:
    made, ending = cover(picture(), 0, [Box(0, 0, 250, 1000), Box(900, 900, 100, 100)])
    assert ending == "jpg"
    seen = colours(made, LEFT, (0.4, 0.5), (0.7, 0.5), RIGHT)
    for colour, wanted in zip(seen, [(0, 0, 0), (200, 30, 30), (255, 255, 255), (0, 0, 0)], strict=True):
        assert is_near(colour, wanted)


def test_one_page_of_several_is_covered_and_the_others_stay() -> None:
    content = pages(3)
    made, ending = cover(content, 1, [Box(0, 0, 1000, 1000)])
    assert (ending, count_pages(made)) == ("pdf", 3)
    assert is_near(colours(draw_page(made, 1, []), (0.5, 0.5))[0], (0, 0, 0))
    for number in (0, 2):
        assert is_near(*(colours(draw_page(one, number, []), (0.5, 0.5))[0] for one in (made, content)))
    with pytest.raises(NotShown):  # no page may be lost on the way
        cover(pages(MOST_PAGES + 1), 0, [Box(0, 0, 10, 10)])


BAD = {
    "nothing": b"",
    "a PDF that is none": b"%PDF-1.7 nonsense",
    "half a picture": picture()[:300],
    "a picture of nothing": b"GIF89a" + b"\0" * 100,
    "a page": b"<svg onload=alert(1)>",
    "a program with a picture's first bytes": b"\xff\xd8\xff\xe0" + b"MZ" * 200,
    "far too many pixels": bomb(),
    "somewhat too many pixels": bomb(7_200),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused(name: str) -> None:
    with pytest.raises(NotShown):
        draw_page(BAD[name], 0, [])
    with pytest.raises(NotShown):
        cover(BAD[name], 0, [Box(0, 0, 10, 10)])


def test_what_opens_files_can_open_nothing_else() -> None:
    look = (
        "import socket, os, sys, threading; from desk.attachments import drawing; drawing._load_all(); drawing._shut_in()\n"
        "for act in (lambda: open('/etc/hostname'), lambda: socket.socket(), lambda: os.pipe(), lambda: bytearray(3 << 30)):\n"
        "    try: act(); print('done')\n"
        "    except (OSError, MemoryError) as error: print(type(error).__name__)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", look],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
    )
    assert said.stdout.split() == ["OSError", "OSError", "OSError", "MemoryError"]


def test_it_ends_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.attachments.pictures.LONGEST_S", 0.01)
    with pytest.raises(NotShown):
        draw_page(picture(), 0, [])
    assert drawing.CPU_SECONDS < 60
