# SPDX-License-Identifier: Apache-2.0
"""`isthmus make --medium`: what is on the medium, under which names, and at which addresses it says it belongs.
tests/system/test_uboot.py boots each of them."""
import os
import re
import subprocess

import pytest

from conftest import isthmus

from made import config  # noqa: F401: a fixture

PARTITION = 1 << 20
SYSTEM = ["isthmus", "it_s_a_disk", "kernel_1"]
MADE = ["boot.cmd", "boot.dtb", "boot.dts", "gdb.init", "gdb.sh", "qemu.sh"]


def run(*words) -> str:
    return subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=True).stdout


def made(config, tmp_path, medium, name="out"):
    folder = tmp_path / name
    shown = isthmus("make", config(), "-o", folder, "--medium", medium).stdout.splitlines()
    assert {os.path.basename(file) for file in shown} == {*os.listdir(folder)} - {"boot.dts", "gdb.init"}, "all are named"
    return folder


def places(folder):
    """The address of each file, as boot.cmd loads it."""
    return {name: int(address, 16) for address, name in
            re.findall(r"^load \S+ \S+ (\w+) \$\{prefix\}(\S+)", (folder / "boot.cmd").read_text(), re.MULTILINE)}


def script(file) -> str:
    """The text inside a compiled script: behind its header of 64 bytes and its list of sizes."""
    data = file.read_bytes()
    assert data[:4] == b"\x27\x05\x19\x56" and data[30] == 6, "a legacy image of type script"
    return data[72:].decode()


def test_a_folder_has_all_files_under_safe_names(config, tmp_path):
    folder = made(config, tmp_path, "dir")
    assert sorted(os.listdir(folder)) == sorted([*MADE, *SYSTEM, "boot.scr"])
    assert script(folder / "boot.scr") == (folder / "boot.cmd").read_text()
    assert set(places(folder)) == {*SYSTEM, "boot.dtb"} <= set(os.listdir(folder))
    assert (folder / "it_s_a_disk").read_bytes() == next(tmp_path.glob("system/it's a disk")).read_bytes()


def test_a_server_s_folder_is_loaded_by_name_alone(config, tmp_path):
    folder = made(config, tmp_path, "tftp")
    loads = re.findall(r"^tftpboot (\w+) (\S+) \|\| exit$", script(folder / "boot.scr.uimg"), re.MULTILINE)
    assert {name: int(address, 16) for address, name in loads} == places(folder)
    assert {name for _, name in loads} <= set(os.listdir(folder))


def test_one_image_holds_all_with_hashes(config, tmp_path):
    folder = made(config, tmp_path, "fit")
    assert sorted(os.listdir(folder)) == sorted([*MADE, "boot.scr", "isthmus.itb"])
    listed = run("mkimage", "-l", folder / "isthmus.itb")
    at = places(folder)
    assert len(re.findall(r"Hash algo: +sha256\n +Hash value: +[0-9a-f]{64}", listed)) == len(at)
    parts = run("fdtget", "-l", folder / "isthmus.itb", "/images").split()
    loads = [run("fdtget", "-t", "x", folder / "isthmus.itb", f"/images/{part}", "load").split() for part in parts]
    assert {int(high, 16) << 32 | int(low, 16) for high, low in loads} == set(at.values())
    start = int(re.search(r"^bootm (\w+)$", script(folder / "boot.scr"), re.MULTILINE)[1], 16)
    assert all(start >= address for address in at.values()), "it is not unpacked over itself"


def test_a_disk_holds_the_folder(config, tmp_path):
    folder = made(config, tmp_path, "sd")
    table = (folder / "sd.img").read_bytes()[:512]
    assert table[446] == 0x80 and table[450] == 0x0c and table[510:] == b"\x55\xaa"
    assert int.from_bytes(table[454:458], "little") * 512 == PARTITION
    assert PARTITION + int.from_bytes(table[458:462], "little") * 512 == (folder / "sd.img").stat().st_size
    for name in [*SYSTEM, "boot.dtb", "boot.scr"]:
        run("mcopy", "-i", f"{folder / 'sd.img'}@@{PARTITION}", f"::{name}", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == (folder / name).read_bytes()
        os.remove(tmp_path / "back")


@pytest.mark.parametrize("medium", ["dir", "fit"])
def test_a_wrapped_kernel_is_on_it(config, tmp_path, medium):
    """make wrote it into the folder itself."""
    (tmp_path / "system" / "program").write_bytes(bytes(range(256)) * 16)
    text = config().read_text().replace('kernel = "kernel,1"\nmemory = "64 MiB"',
                                        'kernel = "program"\nload = 0x4010_0000\nmemory = "64 MiB"')
    isthmus("make", config(text), "-o", tmp_path / "out", "--medium", medium)
    wrapped = (tmp_path / "out" / "a.uimage").read_bytes()
    assert bytes(range(256)) in wrapped
    if medium == "fit":
        assert wrapped in (tmp_path / "out" / "isthmus.itb").read_bytes()
    else:
        assert "a.uimage" in places(tmp_path / "out")


@pytest.mark.parametrize("medium, file", [("dir", "boot.scr"), ("fit", "isthmus.itb")])
def test_the_same_files_give_the_same_medium(config, tmp_path, medium, file):
    one, two = (made(config, tmp_path, medium, name) for name in ("one", "two"))
    assert (one / file).read_bytes() == (two / file).read_bytes()


def test_what_ends_where_uboot_is_is_refused(config, tmp_path):
    text = config().read_text()
    small = text.replace('memory = "64 MiB"', 'memory = "16 MiB"').replace('memory = "3 GiB"', 'memory = "16 MiB"')
    small = re.sub(r"(\[base\][^\[]*?)memory = \"[^\"]*\"", r'\1memory = "128 MiB"', small)
    file = config(small)
    isthmus("make", file, "-o", tmp_path / "qemu")
    told = isthmus("make", file, "-o", tmp_path / "out", "--medium", "dir", status=1).stderr
    assert re.search(r"two.toml:\d+: U-Boot has its own place from 0x44000000 to the end of RAM", told), told
    assert not (tmp_path / "out").exists()


def test_another_kind_is_refused(config, tmp_path):
    told = isthmus("make", config(), "-o", tmp_path / "out", "--medium", "floppy", status=64).stderr
    assert told == 'isthmus: --medium is dir, tftp, fit or sd; this is "floppy"\n'
    assert not (tmp_path / "out").exists()


def test_a_program_that_is_missing_is_named(config, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("env", "dtc", "qemu-system-aarch64"):
        os.symlink(run("sh", "-c", f"command -v {name}").strip(), programs / name)
    told = isthmus("make", config(), "-o", tmp_path / "out", "--medium", "dir", status=1,
                   env={**os.environ, "PATH": str(programs)}).stderr
    assert "isthmus: no medium: " in told and "mkimage" in told
