"""The process that opens a stranger's picture or PDF; see `desk.attachments.pictures` for the other end.

Run as `python -m desk.attachments.drawing`: a line of JSON and the file come in, a line of JSON and a new file go out.
"""

import json
import resource
import sys
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pillow_heif
import pylopdf_fonts_jp
import pypdfium2
from PIL import Image, ImageDraw, ImageFont, ImageOps, ImageSequence

from desk.attachments.pictures import MOST_PAGES, SCALE

MEMORY = 2 * 1024 * 1024 * 1024
"""Bytes of address space."""
CPU_SECONDS = 30
MOST_PIXELS = 50_000_000
"""Of one picture; the largest cameras in telephones have as many."""
SHOWN_SIDE, KEPT_SIDE = 1600, 3000
"""The longer side of a page that is looked at, and of one that is kept, in pixels."""
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "HEIF")
FONT_SIZE, MOST_CHARS = 40, 30
FAINT = (120, 0, 0, 90)


class TooMuch(Exception):
    """More pages or pixels than are opened."""


def main() -> None:
    """Answer one wish."""
    wish: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    font = ImageFont.truetype(str(pylopdf_fonts_jp.sans_path()), FONT_SIZE)
    _load_all()
    _shut_in()
    said, made = _draw(content, wish, font) if wish["act"] == "draw" else _cover(content, wish)
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + made)


def _load_all() -> None:
    """Load now what later could not be opened: the readers of pictures."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1


def _shut_in() -> None:
    """Forbid further files and sockets, other processes, files on disk, and memory and time without end."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _draw(content: bytes, wish: dict[str, Any], font: ImageFont.FreeTypeFont) -> tuple[dict[str, Any], bytes]:
    count, draw = _open(content, SHOWN_SIDE)
    number = wish["page"]
    if not 0 <= number < min(count, MOST_PAGES):
        raise TooMuch
    picture = _marked(draw(number), wish["mark"], font) if wish["mark"] else draw(number)
    return {"pages": count}, _jpeg(picture, 80)


def _cover(content: bytes, wish: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    count, draw = _open(content, KEPT_SIDE)
    if not 0 <= wish["page"] < count or count > MOST_PAGES:
        raise TooMuch
    pages = [draw(number) for number in range(count)]
    picture = pages[wish["page"]]
    pen = ImageDraw.Draw(picture)
    for left, top, width, height in wish["boxes"]:
        upper = (left * picture.width // SCALE, top * picture.height // SCALE)
        lower = (-(-(left + width) * picture.width // SCALE), -(-(top + height) * picture.height // SCALE))
        pen.rectangle((upper, lower), fill="black")
    if count == 1:
        return {"ending": "jpg"}, _jpeg(picture, 90)
    made = BytesIO()
    pages[0].save(made, "PDF", save_all=True, append_images=pages[1:], quality=85)
    return {"ending": "pdf"}, made.getvalue()


def _open(content: bytes, side: int) -> tuple[int, Callable[[int], Image.Image]]:
    """Return how many pages there are, and what draws one, its longer side `side` pixels at most."""
    if content.startswith(b"%PDF-"):
        return _open_pdf(content, side)
    picture = Image.open(BytesIO(content), formats=FORMATS)
    frames = getattr(picture, "n_frames", 1)
    if picture.width * picture.height > MOST_PIXELS:
        raise TooMuch

    def draw(number: int) -> Image.Image:
        frame = ImageOps.exif_transpose(ImageSequence.Iterator(picture)[number])
        flat = Image.new("RGB", frame.size, "white")
        flat.paste(frame.convert("RGB"), mask=frame.convert("RGBA").getchannel("A") if _is_clear(frame) else None)
        flat.thumbnail((side, side))
        return flat

    return frames, draw


def _is_clear(frame: Image.Image) -> bool:
    return "A" in frame.getbands() or "transparency" in frame.info


def _open_pdf(content: bytes, side: int) -> tuple[int, Callable[[int], Image.Image]]:
    document = pypdfium2.PdfDocument(content)

    def draw(number: int) -> Image.Image:
        page = document[number]
        scale = side / max(*page.get_size(), 1)
        drawn: Image.Image = page.render(scale=scale).to_pil()
        return drawn.convert("RGB")

    return len(document), draw


def _marked(picture: Image.Image, lines: list[str], font: ImageFont.FreeTypeFont) -> Image.Image:
    """Write who is looking, and when, across a picture again and again."""
    text = "\n".join(line[:MOST_CHARS] for line in lines)
    across = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    left, top, right, bottom = ImageDraw.Draw(across).multiline_textbbox((0, 0), text, font=font)
    stamp = Image.new("RGBA", (int(right - left) + 20, int(bottom - top) + 20), (0, 0, 0, 0))
    ImageDraw.Draw(stamp).multiline_text((10 - left, 10 - top), text, font=font, fill=FAINT)
    narrow = max(picture.width // 3, 120) / stamp.width
    stamp = stamp.resize((int(stamp.width * narrow), int(stamp.height * narrow))).rotate(20, expand=True)
    for at, y in enumerate(range(0, picture.height, stamp.height)):
        for x in range(-(at % 2) * stamp.width // 2, picture.width, stamp.width + 20):
            across.paste(stamp, (x, y))
    return Image.alpha_composite(picture.convert("RGBA"), across).convert("RGB")


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    made = BytesIO()
    picture.save(made, "JPEG", quality=quality)
    return made.getvalue()


if __name__ == "__main__":
    main()
