"""Pictures and PDFs as people send them, and such as nobody should open."""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw

WHITE, INK = (255, 255, 255), (200, 30, 30)


def picture(kind: str = "JPEG", size: tuple[int, int] = (800, 500)) -> bytes:
    """Return a picture whose left half is inked, the right half white."""
    drawn = Image.new("RGB", size, WHITE)
    ImageDraw.Draw(drawn).rectangle((0, 0, size[0] // 2, size[1]), fill=INK)
    made = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "canary-description"
    drawn.save(made, kind, **({"exif": exif} if kind in {"JPEG", "WEBP"} else {}))
    return made.getvalue()


def pages(count: int) -> bytes:
    """Return a PDF of so many pages."""
    drawn = [Image.new("RGB", (300, 400), (number * 20 % 256, 90, 160)) for number in range(count)]
    made = BytesIO()
    drawn[0].save(made, "PDF", save_all=True, append_images=drawn[1:])
    return made.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """Return a PNG of a few hundred bytes that claims to be `side` pixels wide and high."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _part(b"IHDR", head) + _part(b"IDAT", zlib.compress(b"\0" * 100)) + _part(b"IEND", b"")
    )


def colours(content: bytes, *places: tuple[float, float]) -> list[tuple[int, ...]]:
    """Return the colours at places given in parts of width and height."""
    opened = Image.open(BytesIO(content)).convert("RGB")
    found = [opened.getpixel((int(x * (opened.width - 1)), int(y * (opened.height - 1)))) for x, y in places]
    return [colour for colour in found if isinstance(colour, tuple)]


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
