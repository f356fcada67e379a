"""Pictures of crossbar bundles: well-formed, of the right places and colours."""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from crossbar_cases import chip, example, hand_placed
from crossbar_mutants import with_file
from numpy.testing import assert_array_equal

from somac.backends.crossbar import create
from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.pictures import pictures
from somac.backends.crossbar.pictures.png import png
from somac.ir import npy
from somac.ir.errors import SomacError
from somac.ir.program import Program

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def program() -> Program:
    network, target = example(), chip()
    return emit(network, hand_placed(network, target, copies=3), target)


def pixels(image: bytes) -> np.ndarray:
    """The numbers of colours of a PNG, by the specification."""
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    at, width, data = 8, 0, b""
    while at < len(image):
        size, kind = struct.unpack(">I4s", image[at : at + 8])
        body = image[at + 8 : at + 8 + size]
        check = struct.unpack(">I", image[at + 8 + size : at + 12 + size])[0]
        assert check == zlib.crc32(kind + body)
        if kind == b"IHDR":
            width = struct.unpack(">I", body[:4])[0]
            assert body[8:] == bytes((8, 3, 0, 0, 0))
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    return np.frombuffer(zlib.decompress(data), np.uint8).reshape(-1, width + 1)[:, 1:]


def test_an_image_is_what_it_was_made_of() -> None:
    given = np.random.default_rng(0).integers(0, 256, (5, 7), dtype=np.uint8)
    assert_array_equal(pixels(png(given, np.zeros((256, 3), np.uint8))), given)


def test_every_block_is_drawn_once(program: Program) -> None:
    tiles = ET.fromstring(create().pictures(program)["tiles.svg"])
    titles = [title.text or "" for title in tiles.iter(f"{SVG}title")]
    drawn = [title for title in titles if "block" in title]
    assert len(drawn) == len({title.partition(";")[0] for title in drawn}) == 21
    assert "conv: block 0, copy 2; 9 rows x 4 columns of weights from cell (0, 0); 5 uses" in next(
        title for title in drawn if "copy 2" in title
    )
    assert sum("as found" in title for title in drawn) == 8


def test_conductances_are_those_of_the_cells(program: Program) -> None:
    drawn = pictures(program)["conductances.svg"]
    ET.fromstring(drawn)
    images = [b64decode(data) for data in re.findall(r'base64,([^"]+)"', drawn)]
    # the first is the scale
    assert len(images) == 1 + len([n for n in program.files if n.endswith(".codes.npy")])
    codes = npy.decode(program.files["arrays/0000.codes.npy"])
    assert_array_equal(pixels(images[1]), codes * 85)
    found = [n for n in program.files if n.endswith(".found.npy")]
    number = int(found[0].removeprefix("arrays/")[:4])
    read_back = npy.decode(program.files[f"arrays/{number:04d}.codes.npy"])
    assert not np.array_equal(pixels(images[1 + number]), read_back * 85)


def test_large_arrays_are_drawn_small() -> None:
    network, target = example(), chip(rows=600, columns=700)
    program = emit(network, hand_placed(network, target), target)
    images = re.findall(r'base64,([^"]+)"', pictures(program)["conductances.svg"])
    assert [pixels(b64decode(image)).shape for image in images] == [(1, 256), (200, 234)]


def test_names_of_models_are_text_only(program: Program) -> None:
    network, target = example(), chip()
    named = replace(
        network,
        projections=tuple(
            replace(p, name="<b>&\x1b" if p.name == "conv" else p.name) for p in network.projections
        ),
    )
    drawn = pictures(emit(named, hand_placed(named, target), target))["tiles.svg"]
    words = [t.text for t in ET.fromstring(drawn).iter(f"{SVG}text")]
    assert "<b>&?" in words


def test_damaged_files_are_refused_with_a_code(program: Program) -> None:
    for content, code in ((None, "E0703"), (b"", "E0711")):
        with pytest.raises(SomacError, match=code):
            pictures(with_file(program, "arrays/0001.codes.npy", content))
    wrong = npy.encode(np.zeros((2, 2), np.uint8))
    with pytest.raises(SomacError, match="E0711"):
        pictures(with_file(program, "arrays/0001.codes.npy", wrong))
