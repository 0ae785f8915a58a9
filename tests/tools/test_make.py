# SPDX-License-Identifier: Apache-2.0
"""`isthmus make`: what it makes is clean by `isthmus check`; what is wrong is told with its line."""
import os
import re
import shlex
import subprocess

import pytest

from conftest import ROOT, isthmus, plan_of

import check_plan
from made import config  # noqa: F401: a fixture

FILES = ["boot.cmd", "boot.dtb", "boot.dts", "gdb.init", "gdb.sh", "qemu.sh"]
def refused(config, text):
    """The lines of standard error. Nothing was written."""
    file = config(text)
    folder = file.parent / "out"
    lines = isthmus("make", file, "-o", folder, status=1).stderr.splitlines()
    assert not folder.exists()
    return [line.removeprefix(f"{file}:") for line in lines]


def line_number(text, part):
    return text[:text.index(part)].count("\n") + 1


def is_clean(output):
    """But for the warning about b's view of "pool", which its kernel shows as a pmem device."""
    lines = output.splitlines()
    return len(lines) == 1 and lines[0].startswith("warning[shm-pmem-read-only] /chosen/b/")


def test_what_is_made_is_clean(config, tmp_path):
    folder = tmp_path / "out"
    isthmus("make", config(), "-o", folder)
    assert sorted(os.listdir(folder)) == FILES
    assert is_clean(isthmus("check", folder / "boot.dtb").stdout)


def test_the_plan_is_what_was_asked_for(config, tmp_path):
    isthmus("make", config(), "-o", tmp_path / "out")
    text = isthmus("plan", tmp_path / "out" / "boot.dtb").stdout
    assert re.search(r"^d1 +a +64 MiB +1 +\S+ +uart ", text, re.MULTILINE), text
    assert re.search(r"^d2 +b +3 GiB +2 +\S+ +- ", text, re.MULTILINE), text
    assert re.search(r'^"mailbox" +text +64 KiB +\S+ +dom_io +3 +a,b$', text, re.MULTILINE), text
    assert re.search(r'^"pool" +text +4 MiB +\S+ +a +2 +b$', text, re.MULTILINE), text
    assert re.search(r'^b .* foreign ro +"pool"$', text, re.MULTILINE), text
    assert not list(check_plan.Checker(plan_of(tmp_path / "out" / "boot.dtb")).findings())
    source = (tmp_path / "out" / "boot.dts").read_text()
    assert r'bootargs = "say \"hi\" \\n";' in source
    assert 'isthmus,presentation = "pmem";' in source


def test_the_qemu_command_places_what_the_tree_names(config, tmp_path):
    file = config()
    isthmus("make", file, "-o", tmp_path / "out")
    script = (tmp_path / "out" / "qemu.sh").read_text()
    words = shlex.split(script[script.index("exec"):])
    loaders = [word for word in words if word.startswith("loader,")]
    source = (tmp_path / "out" / "boot.dts").read_text()
    places = {int(place, 16) for place in re.findall(r"(?:kernel|ramdisk)@(\w+) {", source)}
    assert len(loaders) == 2, "one file is loaded once"
    assert {int(re.search(r"addr=(\w+)", word)[1], 16) for word in loaders} == places
    assert any(word.endswith(f"file={file.parent}/kernel,,1") for word in loaders)
    assert any(word.endswith(f"file={file.parent}/it's a disk") for word in loaders)
    subprocess.run(["sh", "-n", tmp_path / "out" / "qemu.sh"], check=True)


def test_a_tree_as_base(config, machine_text, tmp_path):
    text = config().read_text()
    (tmp_path / "system" / "board.dts").write_text(machine_text(4, 2))
    base = '[base]\ntree = "board.dts"\n'
    file = config(base + text[text.index("\n[isthmus]"):].replace("3 GiB", "128 MiB"))
    isthmus("make", file, "-o", tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == FILES[:3], "QEMU is not that board"
    assert is_clean(isthmus("check", tmp_path / "out" / "boot.dtb").stdout)
    script = (tmp_path / "out" / "boot.cmd").read_text()
    loads = [int(place, 16) for place in re.findall(r"^load \S+ \S+ (\w+)", script, re.MULTILINE)]
    assert len(loads) == len(set(loads)) == 4
    assert re.search(rf"^booti {loads[0]:#x} - {loads[-1]:#x}$", script, re.MULTILINE)
    names = re.findall(r"^load \S+ \S+ \w+ (\$\{prefix\}[-\w.+]+) \|\| exit$", script, re.MULTILINE)
    assert len(names) == 4 and "${prefix}it_s_a_disk" in names, "U-Boot's shell would take other names apart"
    assert f"#   it_s_a_disk: {file.parent}/it's a disk" in script


def test_the_same_file_gives_the_same_tree(config, tmp_path):
    for folder in ("one", "two"):
        isthmus("make", config(), "-o", tmp_path / folder)
    assert (tmp_path / "one/boot.dtb").read_bytes() == (tmp_path / "two/boot.dtb").read_bytes()


@pytest.mark.parametrize("old, new, at, what", [
    ('memory = "64 MiB"', 'memory = "64 MB"', 'memory = "64', 'memory: a size such as'),
    ('memory = "64 MiB"', 'memory = 64', 'memory = 64', 'memory: a size such as'),
    ('memory = "64 MiB"\n', '', '[[domain]]', '"memory" is missing here'),
    ('uart = false', 'uart = "no"', 'uart', 'uart: true or false is wanted'),
    ('cpus = 2', 'cpus = -2', 'cpus = -2', 'cpus: a whole number'),
    ('cpus = 2', 'cpu = 2', 'cpu = 2', 'there is no key "cpu" here'),
    ('name = "a"', 'name = "a/b"', 'name = "a/b"', 'name: 1 to 31 letters'),
    ('name = "b"', 'name = "a"', '[[domain]]\nname = "a"\nkernel = "kernel,1"\nram',
     'domain a is described in line'),
    ('"mailbox"', '"sixteen-letters-"', 'name = "sixteen', 'name: 1 to 15 letters'),
    ('ramdisk = "it\'s', 'ramdisk = "not', '[[domain]]\nname = "b"', 'cannot read '),
    ('readers = ["b"]', 'readers = ["c"]', '[[region]]\nname = "pool"', 'there is no domain c'),
    ('readers = ["b"]', 'readers = ["a"]', '[[region]]\nname = "pool"', 'names a twice'),
    ('readers = ["b"]', 'readers = [7]', 'readers', 'readers: only texts'),
    ('/qemu-virt"', '/other"', 'board = ', 'there is no board "'),
    (f'"{ROOT}/boards/qemu-virt"', '"qemu-vrit"', 'board = ', 'did you mean "qemu-virt"?'),
    (f'board = "{ROOT}/boards/qemu-virt"', '', '[base]', 'names a board, or a tree, or both'),
    ('cpus = 4', 'tree = "x"', 'tree = ', 'cannot read '),
    ('bootargs =', 'bootarsg =', 'bootarsg', 'there is no key "bootarsg" here: did you mean "bootargs"?'),
    ('[[region]]', '[dom0]\nkernel = "kernel,1"\n[[region]]\nname = "x"\nsize = "4 KiB"\nborrowers = ["dom0", "a"]\n'
     '[[region]]', '[[region]]\nname = "x"', 'there is no domain dom0: did you mean "Dom0"?'),
    ('memory = "64 MiB"', 'memory = "64 MB"', 'memory = "64', '; this is "64 MB"'),
    ('uart = false', 'uart = "no"', 'uart', '; this is "no"'),
    ('cpus = 2', 'cpus = -2', 'cpus = -2', '; this is -2'),
    ('cpus = 4', 'cpus = "four"', 'cpus = ', 'cpus: a whole number'),
    ('cpus = 4', 'cpu = "max,sve=off"', 'cpu = ', 'cpu: the board cannot have this'),
    ('cpus = 4', 'overlay = "absent.dts"', '[base]', 'cannot read '),
    ('args = "on', 'properties = { "a b" = 1 }\nargs = "on', 'properties', '"a b" cannot be'),
    ('uart = false', 'properties = { x = -1 }', 'properties', 'x: true, a text, a number'),
    ('uart = false', 'properties = { x = [1, 1.5] }', 'properties', 'x: true, a text, a number'),
    ('uart = false', 'cpupool = "none"', '[[domain]]\nname = "b"', 'there is no cpupool none'),
    ('[[region]]', '[[cpupool]]\nname = "a"\ncpus = [0]\n[[region]]', '[[cpupool]]', 'name of a domain'),
    ('[[region]]', '[[cpupool]]\nname = "p"\ncpus = [4]\n[[region]]', '[[cpupool]]', 'has 4 CPUs'),
    ('[[region]]', '[[cpupool]]\nname = "p"\ncpus = "4"\n[[region]]', 'cpus = "4"', 'a list of numbers'),
    ('[[region]]', '[[cpupool]]\nname = "p"\ncpus = [0]\nscheduler = "fifo"\n[[region]]', '[[cpupool]]',
     'error[cpupool-sched]'),
    ('uart = false', 'affinity = ["0"]', 'affinity', '1 texts for 2 vCPUs'),
    ('[[region]]', '[[channel]]\nbetween = ["a"]\n[[region]]', 'between = ["a"]', 'a list of two domains'),
    ('[[region]]', '[[channel]]\nbetween = ["a", "a"]\n[[region]]', 'between = ["a", "a"]', 'a list of two domains'),
    ('[[region]]', '[[channel]]\nbetween = ["a", "c"]\n[[region]]', '[[channel]]', 'there is no domain c'),
    ('[[region]]', '[[channel]]\nbetween = ["a", "b"]\nports = [1]\n[[region]]', 'ports = [1]',
     'one for each of the domains'),
    ('[[region]]', '[[channel]]\nbetween = ["a", "b"]\nports = [1, 4096]\n[[region]]', '[[domain]]\nname = "b"',
     'error[evtchn-port]'),
    ('uart = false', 'affinity = "9"', '[[domain]]\nname = "b"', 'error[dom-affinity]'),
    ('uart = false', 'spis = 0', 'spis', 'spis: a whole number'),
    ('uart = false', 'static-memory = [{ address = 0x8000_0000, size = "1 GiB" }]',
     '[[domain]]\nname = "b"', 'error[dom-static-mem-size]'),
    ('uart = false', 'static-memory = [{ address = 0x8000_0000 }]', 'static-memory',
     '"size" is missing'),
    ('uart = false', 'static-memory = [1]', 'static-memory', 'a list of tables is wanted'),
    ('uart = false', 'direct-map = true\nstatic-memory = false', 'static-memory',
     'has static memory'),
    ('uart = false', 'static-memory = [{ address = 0x4800_0000, size = "3 GiB" }]',
     '[[domain]]\nname = "b"', 'where QEMU puts the boot tree: 0x48000000-'),
    ('size = "64 KiB"', 'size = "64 KiB"\nhost = "later"', 'host', '"at-boot", is wanted'),
    ('size = "64 KiB"', 'size = "64 KiB"\nhost = -1', 'host', 'a number such as 0x7000_0000'),
    ('size = "64 KiB"', 'size = "64 KiB"\nhost = 0x10', '[[region]]', 'error[shm-align]'),
    ('size = "64 KiB"', 'size = "64 KiB"\nid = 0x1_0000_0000', 'id = ', 'a number of 32 bits'),
    ('size = "64 KiB"', 'size = "64 KiB"\nid = 1\nhost = "at-boot"', 'host', 'has a host address'),
    ('size = "64 KiB"', 'size = "64 KiB"\nguest = 0x4000_0000', '[[region]]',
     'error[shm-guest-overlap]'),
    ('borrowers = ["a", "b"]', 'use = [{ domain = "c" }]', 'use', 'there is no domain c'),
    ('borrowers = ["a", "b"]', 'use = [{ domain = "a", access = "wo" }]', 'use', '"rw" or "ro"'),
    ('borrowers = ["a", "b"]', 'use = [{ domain = "a", size = "4 KiB" }]', 'use',
     'a window has an offset'),
    ('borrowers = ["a", "b"]', 'use = [{ domain = "a", offset = "4 KiB", size = "64 KiB" }, '
     '{ domain = "b" }]', '[[region]]', 'error[shm-offset]'),
    ('borrowers = ["a", "b"]', 'use = [{ domain = "a", offset = 0, size = "4 KiB" }, '
     '{ domain = "a", offset = 0, size = "8 KiB" }, { domain = "b" }]', 'use',
     'two windows of this region at one'),
    ('[[domain]]\nname = "b"', '[[domian]]\nname = "b"', '[[domian]]', '"domian": only '),
    ('[[region]]', '[dom0]\nmemory = "1 GiB"\n[[region]]', '[dom0]', '"kernel" is missing'),
    ('[[region]]', '[dom0]\nkernel = "kernel,1"\nuart = true\n[[region]]', 'uart = true', 'no key "uart" here'),
    ('[[region]]', '[[domain]]\nname = "Dom0"\nkernel = "kernel,1"\nmemory = "1 MiB"\n[dom0]\nkernel = "kernel,1"\n'
     '[[region]]', '[[domain]]\nname = "Dom0"', 'domain Dom0 is described in line'),
    ('[[region]]', '[dom0]\nkernel = "kernel,1"\nmemory = "64 GiB"\n[[region]]', '[isthmus]', 'error[dom-out-of-'),
    ('borrowers = ["a", "b"]', 'borrowers = ["a", "Dom0"]', '[[region]]', 'there is no domain Dom0'),
    ('cpus = 4', 'cpus = 4\nqemu = "-s"', 'qemu = ', 'qemu: '),
    ('size = "64 KiB"', 'size = "64 KiB', 'size = "64 KiB', ''),
    ('size = "64 KiB"', 'size = "8 GiB"', '[[region]]', '8 GiB of RAM are wanted here'),
    ('memory = "64 MiB"', 'memory = "64 GiB"', '[[domain]]', 'error[dom-'),
    ('"pmem"', '"disk"', '[[region]]\nname = "pool"', 'error[shm-presentation] '),
])
def test_a_mistake_is_told_with_its_line(config, old, new, at, what):
    good = config().read_text()
    text = good.replace(old, new, 1)
    assert text != good
    lines = refused(config, text)
    assert any(line.startswith(f"{line_number(text, at)}: ") and what in line
               for line in lines), lines


@pytest.mark.parametrize("old, new, what", [
    ('[[domain]]\nname = "b"', '[[domian]]\nname = "b"', 'did you mean "domain"?'),
    ('memory = "64 MiB"', 'memroy = "64 MiB"', 'did you mean "memory"?'),
    ('name = "a"', 'nmae = "a"', 'did you mean "name"?'),
])
def test_one_slip_is_one_message(config, old, new, what):
    """What follows from it is not reported as well."""
    lines = refused(config, config().read_text().replace(old, new, 1))
    assert len(lines) == 1 and what in lines[0], lines


@pytest.mark.parametrize("text, what", [("/ { a = <1>; };\n/ {\n    b = ;\n};\n", "3.9-10 syntax error"),
                                        ("\n&absent { c; };\n", "2.1-8 Label or path absent not found")])
def test_a_mistake_in_an_overlay_has_its_own_line(config, text, what):
    file = config(config().read_text().replace("cpus = 4", 'cpus = 4\noverlay = "more \\\"1.dts"'))
    overlay = file.parent / 'more "1.dts'
    overlay.write_text(text)
    said = isthmus("make", file, "-o", file.parent / "out", status=1).stderr
    assert f"{overlay}:{what}" in said, said


def test_a_board_by_name_and_the_image_that_came_along(config, tmp_path):
    text = config().read_text().replace(f"{ROOT}/boards/", "").replace('image = "isthmus"\n', "")
    isthmus("make", config(text), "-o", tmp_path / "out")
    assert str(ROOT / "build" / "arm64" / "isthmus") in (tmp_path / "out" / "qemu.sh").read_text()
    isthmus("make", config(text.replace('[isthmus]\nargs = "on-last-off=poweroff"\n', "")), "-o", tmp_path / "out")
    said = isthmus("make", config(text), "--board", "xlnx-vresal-virt", status=1).stderr
    assert 'did you mean "xlnx-versal-virt"? There are ' in said and len(said.splitlines()) == 1


def test_a_kernel_that_is_none(config, tmp_path):
    file = config()
    (tmp_path / "system" / "kernel,1").write_bytes(bytes(4096))
    said = isthmus("make", file, "-o", tmp_path / "out", status=1).stderr
    assert "error[dom-kernel-format] /chosen/a" in said
    assert not (tmp_path / "out").exists()


def test_without_a_file(tmp_path):
    isthmus("make", status=64)
    assert "cannot read" in isthmus("make", tmp_path / "absent.toml", status=1).stderr


def test_the_example_of_the_documentation():
    """docs/make.md shows the file that is booted by tests/system/test_make.py."""
    example = (ROOT / "tools" / "demo" / "pair.toml").read_text()
    shown = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "make.md").read_text(), re.DOTALL)
    assert example[example.index("[base]"):] in shown
