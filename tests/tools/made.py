# SPDX-License-Identifier: Apache-2.0
"""A configuration for `isthmus make`, the files that it names, and what was made of it."""
import struct

import pytest

from conftest import ROOT, isthmus, plan_of

import check_plan

CONFIG = f"""\
[base]
board = "{ROOT}/boards/qemu-virt"
cpus = 4

[isthmus]
image = "isthmus"
args = "on-last-off=poweroff"

[[domain]]
name = "a"
kernel = "kernel,1"
memory = "64 MiB"
bootargs = 'say "hi" \\n'

[[domain]]
name = "b"
kernel = "kernel,1"
ramdisk = "it's a disk"
memory = "3 GiB"
cpus = 2
uart = false

[[region]]
name = "mailbox"
size = "64 KiB"
borrowers = ["a", "b"]

[[region]]
name = "pool"
size = "4 MiB"
owner = "a"
readers = ["b"]
presentation = "pmem"
"""


def kernel_image():
    return struct.pack("<IIQQQ", 0, 0, 0, 0x1000, 0xA) + bytes(24) + b"ARMd" + bytes(4036)


@pytest.fixture
def config(tmp_path):
    """config(text) writes the file; beside it are the files that CONFIG names."""
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "isthmus").write_bytes(kernel_image())
    (folder / "kernel,1").write_bytes(kernel_image())
    (folder / "it's a disk").write_bytes(bytes(5000))

    def write(text=CONFIG.replace('cpus = 4', 'cpus = 4\nmemory = "4 GiB"')):
        file = folder / "two.toml"
        file.write_text(text)
        return file

    return write


def made_source(config, tmp_path, *changes, command=()):
    """The boot tree's source for CONFIG with texts replaced."""
    text = config().read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    isthmus("make", config(text), "-o", tmp_path / "out", *command)
    assert not list(check_plan.Checker(plan_of(tmp_path / "out" / "boot.dtb")).findings())
    return (tmp_path / "out" / "boot.dts").read_text()


def node_of(source, name):
    """The text of a node made by make, from its name to its end."""
    start = source.index(f"\t{name} {{", source.index("By isthmus make"))
    indent = source[source.rindex("\n", 0, start) + 1:start + 1]
    return source[start:source.index(f"\n{indent}}};", start)]
