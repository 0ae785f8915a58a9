# SPDX-License-Identifier: Apache-2.0
"""`isthmus make` wraps kernels that are no arm64 Image: ELF files, and programs without a header."""
import gzip
import os
import re
import shlex
import struct
import subprocess
import zlib

import pytest

from conftest import isthmus

from made import config, kernel_image  # noqa: F401: a fixture

KERNEL_A = 'kernel = "kernel,1"\nmemory = "64 MiB"'
PROGRAM = bytes(range(1, 201))


def elf(segments, *, entry=0x4000_1004, kind=2, machine=183, size_of_word=2):
    """Each segment: address, bytes of the file, size in memory, and its virtual address if that is another."""
    offset = 64 + 56 * len(segments)
    headers = contents = b""
    for address, data, size, *virtual in segments:
        headers += struct.pack("<IIQQQQQQ", 1, 7, offset + len(contents), virtual[0] if virtual else address,
                               address, len(data), size, 4096)
        contents += data
    return struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", size_of_word, 1, 1, kind, machine, 1, entry, 64, 0, 0,
                       64, 56, len(segments), 64, 0, 0) + headers + contents


GOOD = elf([(0x4000_1000, PROGRAM, 200), (0x4000_1100, b"data", 0x1000)])


def made(config, tmp_path, kernel, keys="", *, name="program", status=0):
    """What was written beside the boot tree, and what was said. Domain "a" has this kernel."""
    file = config()
    (file.parent / name).write_bytes(kernel)
    text = file.read_text()
    assert KERNEL_A in text
    file = config(text.replace(KERNEL_A, f'kernel = "{name}"\n{keys}\nmemory = "64 MiB"'))
    done = isthmus("make", file, "-o", tmp_path / "out", status=status)
    return tmp_path / "out", done.stderr


def fields(wrapped):
    """Load address, entry, kind of compression and data of a uImage that is whole."""
    magic, checksum, _, size, load, entry, of_data, _, arch, _, compression = struct.unpack(
        ">IIIIIII4B", wrapped[:32])
    assert magic == 0x27051956 and arch == 22
    assert checksum == zlib.crc32(wrapped[:4] + bytes(4) + wrapped[8:64])
    data = wrapped[64:]
    assert len(data) == size and of_data == zlib.crc32(data)
    return load, entry, compression, data


def test_an_elf_file(config, tmp_path):
    """Its segments as they lie in memory, with what is between them and behind them."""
    folder, _ = made(config, tmp_path, GOOD)
    load, entry, compression, data = fields((folder / "a.uimage").read_bytes())
    assert (load, entry, compression) == (0x4000_1000, 0x4000_1004, 0)
    assert data == PROGRAM + bytes(56) + b"data" + bytes(0xffc)
    listed = subprocess.run(["mkimage", "-l", folder / "a.uimage"], check=True, capture_output=True, text=True).stdout
    assert "AArch64 Linux Kernel Image (uncompressed)" in listed and re.search("Load Address: 40001000", listed)


def test_what_boots_it_finds_it(config, tmp_path):
    folder, _ = made(config, tmp_path, GOOD)
    assert "a.uimage" in os.listdir(folder)
    script = (folder / "qemu.sh").read_text()
    words = shlex.split(script[script.index("exec"):])
    loader = next(word for word in words if word.endswith(",file=a.uimage"))
    address = re.search(r"addr=0x(\w+)", loader)[1]
    source = (folder / "boot.dts").read_text()
    assert f"kernel@{address} {{" in source
    assert f"{(folder / 'a.uimage').stat().st_size:#x}>" in source
    assert "${prefix}a.uimage || exit" in (folder / "boot.cmd").read_text()


def test_an_entry_is_physical(config, tmp_path):
    kernel = elf([(0x4000_1000, PROGRAM, 200, 0xffff_0000_0000_1000)], entry=0xffff_0000_0000_1010)
    folder, _ = made(config, tmp_path, kernel)
    assert fields((folder / "a.uimage").read_bytes())[:2] == (0x4000_1000, 0x4000_1010)


@pytest.mark.parametrize("keys, entry", [("load = 0x4010_0000", 0x4010_0000),
                                         ("load = 0x4010_0000\nentry = 0x4010_0040", 0x4010_0040)])
def test_a_program_without_a_header(config, tmp_path, keys, entry):
    folder, _ = made(config, tmp_path, PROGRAM, keys)
    assert fields((folder / "a.uimage").read_bytes()) == (0x4010_0000, entry, 0, PROGRAM)


def test_a_compressed_program(config, tmp_path):
    packed = gzip.compress(PROGRAM)
    folder, _ = made(config, tmp_path, packed, "load = 0x4010_0000\nentry = 0x4010_0080")
    assert fields((folder / "a.uimage").read_bytes()) == (0x4010_0000, 0x4010_0080, 1, packed)


def test_one_program_for_two_domains(config, tmp_path):
    """Once at each place: what lies at one place is one file."""
    text = config().read_text().replace("kernel,1", "program").replace(
        'memory = "64 MiB"', 'memory = "64 MiB"\nload = 0x4010_0000')
    (tmp_path / "system" / "program").write_bytes(PROGRAM)
    for load, files in (0x4010_0000, ["a.uimage"]), (0x4020_0000, ["a.uimage", "b.uimage"]):
        folder = tmp_path / f"at{load:x}"
        isthmus("make", config(text.replace('memory = "3 GiB"', f'memory = "3 GiB"\nload = {load:#x}')), "-o", folder)
        assert sorted(name for name in os.listdir(folder) if name.endswith(".uimage")) == files


def test_an_image_is_left_as_it_is(config, tmp_path):
    folder, _ = made(config, tmp_path, kernel_image())
    assert sorted(os.listdir(folder)) == ["boot.cmd", "boot.dtb", "boot.dts", "gdb.init", "gdb.sh", "qemu.sh"]


WRONG = {
    "of another machine": (elf([(0x4000_1000, PROGRAM, 200)], machine=62), "", "not of a little-endian program for"),
    "of 32 bits": (elf([(0x4000_1000, PROGRAM, 200)], size_of_word=1), "", "not of a little-endian program for"),
    "relocatable": (elf([(0x4000_1000, PROGRAM, 200)], kind=3), "", "is not linked to an address"),
    "no segment": (elf([]), "", "nothing to load"),
    "cut in its header": (GOOD[:60], "", "is cut short"),
    "cut in its program headers": (GOOD[:170], "", "is cut short"),
    "cut in a segment": (GOOD[:-1], "", "is cut short"),
    "a size that is none": (elf([(0x4000_1000, PROGRAM, 100)]), "", "segment at 0x40001000 has no such size"),
    "wraps around": (elf([(2**64 - 100, PROGRAM, 200)]), "", "has no such size"),
    "one over the other": (elf([(0x4000_1000, PROGRAM, 0x200), (0x4000_1100, PROGRAM, 200)]), "",
                           "two segments at 0x40001100"),
    "entered nowhere": (elf([(0x4000_1000, PROGRAM, 200)], entry=0x4000_10c8), "", "entered at 0x400010c8, where"),
    "far apart": (elf([(0x4000_1000, PROGRAM, 200), (0x9000_0000, PROGRAM, 200)]), "",
                  "reach from 0x40001000 to 0x900000c8"),
    "above 4 GiB": (elf([(0x2_0000_0000, PROGRAM, 200)], entry=0x2_0000_0000), "", "above 4 GiB"),
    "at 0": (elf([(0, PROGRAM, 200)], entry=0), "", "address 0"),
    "outside of RAM": (elf([(0x8_0000, PROGRAM, 200)], entry=0x8_0000), "", "error[dom-kernel-size] /chosen/a/"),
    "an ELF file and load": (GOOD, "load = 0x4010_0000", "which says itself where it goes"),
    "entry alone": (PROGRAM, "entry = 0x4010_0000", "entry: there is no load beside it"),
    "entry outside": (PROGRAM, "load = 0x4010_0000\nentry = 0x4010_00c8", "entered outside of itself"),
    "entry before": (PROGRAM, "load = 0x4010_0000\nentry = 0x400f_ffff", "entered outside of itself"),
    "neither header nor load": (PROGRAM, "", "error[dom-kernel-format] /chosen/a/"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong(config, tmp_path, name):
    kernel, keys, what = WRONG[name]
    folder, said = made(config, tmp_path, kernel, keys, status=1)
    assert not folder.exists()
    at, _, rest = said.removeprefix(f"{tmp_path}/system/two.toml:").partition(": ")
    assert at.isdigit() and what in rest, said


def test_a_uimage_and_load(config, tmp_path):
    folder, _ = made(config, tmp_path, GOOD)
    wrapped = (folder / "a.uimage").read_bytes()
    subprocess.run(["rm", "-r", folder], check=True)
    _, said = made(config, tmp_path, wrapped, "load = 0x4010_0000", status=1)
    assert "is a uImage, which says itself where it goes" in said
    folder, _ = made(config, tmp_path, wrapped)
    assert "a.uimage" not in os.listdir(folder), "it is a kernel already"
