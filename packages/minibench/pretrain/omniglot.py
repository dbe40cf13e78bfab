"""Omniglot's "small1" and "small2" background sets, read from anyone's copy of the two zips.

Greek and Latin stand in both zips (the same images) and are taken once, from small1. Drawers 1-16 are for
training, 17-20 are held out; a drawer is the two digits at the end of a file's name.
"""

import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F

ZIPS = ("images_background_small1.zip", "images_background_small2.zip")
ENTRY = re.compile(r"^[^/]+/([^/]+)/(character\d+)/(\d+)_(\d\d)\.png$")
SIZE = 28
GAIN = 2.2
FIRST_HELD_OUT_DRAWER = 17


class Drawing(NamedTuple):
    alphabet: str
    character: str
    drawer: int
    image: torch.Tensor  # [28, 28] uint8, bright strokes on black


def decode_grey_png(data: bytes) -> torch.Tensor:
    """A greyscale PNG of 1 or 8 bits, not interlaced, as [height, width] float32 in 0..1."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG file")
    position, packed, header = 8, b"", None
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        position += 12 + length
    if header is None or header[2] not in (1, 8) or header[3] != 0 or header[6] != 0:
        raise ValueError(f"expected a greyscale PNG of 1 or 8 bits without interlacing, got header {header}")
    width, height, depth = header[:3]
    stride = (width * depth + 7) // 8
    raw = zlib.decompress(packed)
    previous, rows = bytes(stride), []
    for y in range(height):
        start = y * (stride + 1)
        previous = unfilter(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), previous)
        rows.append(previous)
    table = torch.tensor(list(b"".join(rows)), dtype=torch.uint8).reshape(height, stride)
    if depth == 8:
        return table.float() / 255
    bits = (table.unsqueeze(-1) >> torch.arange(7, -1, -1, dtype=torch.uint8)) & 1
    return bits.reshape(height, stride * 8)[:, :width].float()


def unfilter(kind: int, line: bytearray, above: bytes) -> bytes:
    """Undoes one PNG row filter; a pixel takes one byte or less, so the left neighbour is one byte away."""
    for x in range(len(line)):
        left = line[x - 1] if x else 0
        corner = above[x - 1] if x else 0
        if kind == 1:
            line[x] = (line[x] + left) & 255
        elif kind == 2:
            line[x] = (line[x] + above[x]) & 255
        elif kind == 3:
            line[x] = (line[x] + (left + above[x]) // 2) & 255
        elif kind == 4:
            guess = left + above[x] - corner
            by_distance = min((abs(guess - left), 0, left), (abs(guess - above[x]), 1, above[x]), (abs(guess - corner), 2, corner))
            line[x] = (line[x] + by_distance[2]) & 255
    return bytes(line)


def preprocess(black_on_white: torch.Tensor) -> torch.Tensor:
    """Inverts, shrinks to 28x28 with antialiasing, brightens x2.2 and clips; [H, W] in 0..1 -> [28, 28] uint8."""
    ink = (1 - black_on_white)[None, None]
    small = F.interpolate(ink, size=(SIZE, SIZE), mode="bilinear", antialias=True, align_corners=False)
    return (small[0, 0] * GAIN).clamp(0, 1).mul(255).round().to(torch.uint8)


def read_omniglot(folder: Path) -> list[Drawing]:
    """Every drawing once, ordered by alphabet, character, drawer."""
    drawings: dict[tuple[str, str, int], Drawing] = {}
    for name in ZIPS:
        path = folder / name
        if not path.is_file():
            raise SystemExit(f"{path} is missing: put Omniglot's {' and '.join(ZIPS)} into one folder")
        with zipfile.ZipFile(path) as archive:
            for entry in archive.namelist():
                match = ENTRY.match(entry)
                if match is None:
                    continue
                key = (match[1], match[2], int(match[4]))
                if key not in drawings:
                    drawings[key] = Drawing(*key, preprocess(decode_grey_png(archive.read(entry))))
    return [drawings[key] for key in sorted(drawings)]
