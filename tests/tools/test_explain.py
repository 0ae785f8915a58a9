# SPDX-License-Identifier: Apache-2.0
"""`isthmus explain`: each rule of the code has an entry, and each entry's snippets, put into explain.dts,
lead to what it says: the wrong one to this rule and no other, the right one to no finding at all."""
import gzip
import json
import pathlib
import random
import re
import struct
import subprocess

import pytest

from conftest import PROGRAM, ROOT, isthmus

BASE = (pathlib.Path(__file__).parent / "explain.dts").read_text()
DEVICES = (pathlib.Path(__file__).parent / "explain_devices.dts").read_text()
PARTIAL = (pathlib.Path(__file__).parent / "explain_partial.dts").read_text()
NO_DEVICE = PARTIAL + '/ { passthrough { /delete-node/ ethernet@b000000; }; };'
RULE = re.compile(r'Rule\s+\w+\s*\{\s*"([a-z0-9-]+)",\s*Severity::(\w+)\}')
ENTRIES = {entry["rule"]: entry for entry in json.loads(isthmus("explain", "--json").stdout)}

# What cannot be seen in a tree, and where it is tested instead.
NOT_IN_A_TREE = {
    "fdt-malformed": "it is not a tree that is wrong: test_a_file_that_is_no_tree",
    "fdt-node-twice": "a compiler does not let it pass: test_two_nodes_of_one_name",
    "shm-host-memreserve": "it stands before the tree: test_memory_that_firmware_reserves",
    "dom-static-mem-memreserve": "the same",
    "dev-smmu": "what an SMMU can do is in its registers: tests/system/test_smmu.py",
    "dev-dma": "the same",
    "health-dma": "it needs a partial tree beside it: test_a_restart_with_a_device",
    "host-address-size": "what a CPU can do is in its registers: tests/system/test_dirty_firmware.py",
    "host-gic-lpi": "what firmware has turned on is, too: tests/unit/core/machine_checks_test.cpp",
    "dom-kernel-format": "it is the module that is wrong: test_a_kernel_of_another_format",
    "dom-kernel-gzip": "the same: test_a_compressed_kernel",
    "dom-kernel-uimage": "the same: test_a_uimage",
    "dom-kernel-size": "the kernel's header says what it needs: test_a_kernel_that_is_too_large",
}
# What a wrong snippet breaks beside the rule itself, because it cannot be shown without.
ALSO = {
    "dom-limit": {"sched-turns"},
    "dom-none": {"dom-ignored"},  # what these nodes are, then
    "host-no-gic": {"host-timer-interrupt"},  # which then lead nowhere
    "dom-cells": {"shm-cells"},
    "shm-cells": {"dom-cells"},
    "host-no-gic": {"host-timer-interrupt"},
    "dev-property": {"dev-iommu"},
}
SHOWN = sorted(ENTRIES.keys() - NOT_IN_A_TREE.keys())


def repeated(name, count, line):
    """The wrong snippets of limits say "and so on"; here it goes on."""
    return "\n".join(f"{name(number)} {{ {line(number)} }};" for number in range(count))


WINDOW = """compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "mailbox"; isthmus,offset = <0>;
            xen,shared-mem = <0x70000000 {:#x} 0x1000>;"""
GOES_ON = {
    "fdt-limit": lambda wrong: "a {" * 33 + "};" * 33,
    "host-memory-limit": lambda wrong: repeated(
        lambda n: f"memory@{n * 0x2000:x}", 129, lambda n: f'device_type = "memory"; reg = <{n * 0x2000} 0x1000>;'),
    "host-reserved-limit": lambda wrong: repeated(
        lambda n: f"a@{0x7f00_0000 + n * 0x2000:x}", 257, lambda n: f"reg = <{0x7f00_0000 + n * 0x2000} 0x1000>;"),
    "host-cpu-limit": lambda wrong: repeated(
        lambda n: f"cpu@{n + 4:x}", 125, lambda n: f'device_type = "cpu"; reg = <{n + 4}>;'),
    "host-smmu-limit": lambda wrong: repeated(
        lambda n: f"iommu@{0xa00_0000 + n * 0x20000:x}", 17,
        lambda n: f'compatible = "arm,smmu-v3"; reg = <{0xa00_0000 + n * 0x20000} 0x20000>;'),
    "dom-limit": lambda wrong: repeated(
        lambda n: f"guest-{n}", 65, lambda n: 'compatible = "xen,domain"; #address-cells = <1>; #size-cells = <1>;'
        'memory = <0 4096>; cpus = <1>; kernel { compatible = "multiboot,kernel"; reg = <0x48000000 0x100000>; };'),
    "shm-limit": lambda wrong: wrong.splitlines()[0] + repeated(
        lambda n: f"window@{0x5010_0000 + n * 0x1000:x}", 64, lambda n: WINDOW.format(0x5010_0000 + n * 0x1000)),
}


def absences(snippet, base=BASE):
    """The comment /* no NAME */ that begins a line, or what is in a node, as what dtc understands: of a node of
    the base tree, or of a property."""
    def delete(match):
        kind = "node" if re.search(rf"\s{re.escape(match[2])} {{", base) else "property"
        return f"{match[1]}/delete-{kind}/ {match[2]};"
    return re.sub(r"(^\s*|{\s*)/\* no ([\w,#@-]+) \*/", delete, snippet, flags=re.MULTILINE)


def placed(place, snippet, base=BASE):
    names = [name for name in place.split("/") if name]
    return base + "/ {\n" + " {\n".join([*names, ""]) + absences(snippet, base) + "\n" + "};" * (len(names) + 1) + "\n"


@pytest.fixture
def compiled(tmp_path):
    def compile_source(text, name="tree"):
        source, blob = tmp_path / f"{name}.dts", tmp_path / f"{name}.dtb"
        source.write_text(text)
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, source], check=True)
        return blob
    return compile_source


@pytest.fixture
def given(compiled):
    """What the host program is given for a snippet: the boot tree, and the partial trees where the snippet stands
    in one: its place is then "MODULE:NODE", and the module's name ends in its address."""
    def compile_all(place, snippet):
        module, _, inner = place.partition(":")
        if not inner:
            return [compiled(placed(place, snippet))]
        trees = {"4a000000": PARTIAL, "4b000000": NO_DEVICE, "4c000000": NO_DEVICE}
        address = module.rpartition("@")[2]
        trees[address] = placed(inner, snippet, trees[address])
        words = [compiled(BASE + DEVICES)]
        for at, text in trees.items():
            words += ["--module", f"0x{at}={compiled(text, at)}"]
        return words
    return compile_all


def findings(tree, *more):
    done = subprocess.run([PROGRAM, "check", tree, "--json", *map(str, more)], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)[0]["findings"]


def broken_rules(tree, *more):
    return {finding["rule"] for finding in findings(tree, *more)}


def test_every_rule_has_an_entry_and_no_entry_is_an_orphan():
    code = {}
    for room in ("fdt", "mm", "shm", "dom0less", "core"):
        for path in (ROOT / room).rglob("*.?pp"):
            code.update(RULE.findall(path.read_text()))
    assert len(code) > 60
    assert {name: entry["severity"] for name, entry in ENTRIES.items()} == code


def test_the_base_tree_is_clean(compiled):
    assert not findings(compiled(BASE))


def test_the_base_trees_of_devices_are_clean(given):
    assert not findings(*given("/chosen/guest-a/devices@4a000000:/", ""))


@pytest.mark.parametrize("rule", SHOWN)
def test_the_wrong_snippet_breaks_this_rule_alone(given, rule):
    entry = ENTRIES[rule]
    assert ("and so on" in entry["wrong"]) == (rule in GOES_ON)
    snippet = GOES_ON[rule](entry["wrong"]) if rule in GOES_ON else entry["wrong"]
    found = broken_rules(*given(entry["place"], snippet))
    assert rule in found and found - {rule} <= ALSO.get(rule, set()), found


@pytest.mark.parametrize("rule", SHOWN)
def test_the_right_snippet_is_clean(compiled, given, rule):
    entry = ENTRIES[rule]
    right = entry["right"]
    if rule == "plan-digest":
        digest = json.loads(isthmus("plan", compiled(BASE), "--json").stdout)["digest"]
        right, count = re.subn(r"<[^>]*>", digest, right)
        assert count == 1
    assert not findings(*given(entry["place"], right))


def test_a_partial_tree_that_is_not_given(compiled):
    tree = compiled(BASE + DEVICES)
    assert broken_rules(tree) == {"dev-tree"}
    done = subprocess.run([PROGRAM, "check", tree], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert all(f"--module 0x{at}000000=FILE" in done.stderr for at in ("4a", "4b", "4c")), done.stderr


def test_a_restart_with_a_device(compiled):
    entry = ENTRIES["health-dma"]
    partial = {"4a000000": PARTIAL, "4b000000": NO_DEVICE, "4c000000": NO_DEVICE}
    modules = [word for at, text in partial.items() for word in ("--module", f"0x{at}={compiled(text, at)}")]
    for which, wanted in (("wrong", {"health-dma"}), ("right", set())):
        tree = compiled(placed(entry["place"], entry[which], BASE + DEVICES))
        assert broken_rules(tree, *modules) == wanted


def kernel_image(size, magic=b"ARMd"):
    return struct.pack("<IIQQQ", 0, 0, 0, size, 0xA) + bytes(24) + magic + bytes(4036)


def with_kernel(tmp_path, bytes_of_kernel):
    kernel = tmp_path / "kernel"
    kernel.write_bytes(bytes_of_kernel)
    return "--module", f"0x48000000={kernel}"


def test_a_kernel_of_another_format(compiled, tmp_path):
    entry = ENTRIES["dom-kernel-format"]
    wrong, right = (compiled(placed(entry["place"], entry[which])) for which in ("wrong", "right"))
    elf, image = b"\x7fELF".ljust(4096, b"\0"), kernel_image(0x1000)
    assert broken_rules(wrong, *with_kernel(tmp_path, elf)) == {"dom-kernel-format"}
    assert not broken_rules(right, *with_kernel(tmp_path, image))


def test_a_compressed_kernel(compiled, tmp_path):
    entry = ENTRIES["dom-kernel-gzip"]
    packed = gzip.compress(kernel_image(0x4000) + random.randbytes(0x2000))
    half, whole = packed[:len(packed) // 2], packed
    assert broken_rules(compiled(placed(entry["place"], entry["wrong"])),
                        *with_kernel(tmp_path, half)) == {"dom-kernel-gzip"}
    assert not broken_rules(compiled(placed(entry["place"], entry["right"])), *with_kernel(tmp_path, whole))


def test_a_uimage(compiled, tmp_path):
    entry = ENTRIES["dom-kernel-uimage"]
    program = tmp_path / "program"
    program.write_bytes(random.randbytes(4096))
    for which, rules in ("wrong", {"dom-kernel-uimage"}), ("right", set()):
        made = tmp_path / which
        arguments = re.search(r"mkimage (.*?) made", entry[which])[1].split()
        subprocess.run(["mkimage", *arguments, "-O", "linux", "-T", "kernel", "-C", "none", "-d", program, made],
                       check=True, capture_output=True)
        assert broken_rules(compiled(placed(entry["place"], entry[which])),
                            *with_kernel(tmp_path, made.read_bytes())) == rules


def test_a_kernel_that_is_too_large(compiled, tmp_path):
    entry = ENTRIES["dom-kernel-size"]
    kernel = with_kernel(tmp_path, kernel_image(16 << 20))
    assert broken_rules(compiled(placed(entry["place"], entry["wrong"])), *kernel) == {"dom-kernel-size"}
    assert not broken_rules(compiled(placed(entry["place"], entry["right"])), *kernel)


def test_two_nodes_of_one_name(compiled):
    tree = compiled(BASE)
    blob = tree.read_bytes()
    assert blob.count(b"guest-b\0") == 1
    tree.write_bytes(blob.replace(b"guest-b\0", b"guest-a\0"))
    assert broken_rules(tree) == {"fdt-node-twice"}


@pytest.mark.parametrize("rule", ["shm-host-memreserve", "dom-static-mem-memreserve"])
def test_memory_that_firmware_reserves(compiled, rule):
    entry = ENTRIES[rule]
    for which, rules in ("wrong", {rule}), ("right", set()):
        base = BASE.replace("/dts-v1/;", "/dts-v1/;\n" + entry[which])
        static = re.search(r"/\* guest-a: (.*) \*/", entry[which])
        assert broken_rules(compiled(placed("/chosen/guest-a", static[1] if static else "", base))) == rules


def test_a_file_that_is_no_tree(compiled, tmp_path):
    packed = tmp_path / "boot.dtb.gz"
    packed.write_bytes(gzip.compress(compiled(BASE).read_bytes()))
    assert broken_rules(packed) == {"fdt-malformed"}


def test_every_text_is_there_and_leads_somewhere():
    for rule, entry in ENTRIES.items():
        assert all(entry.values()) and entry["wrong"] != entry["right"], rule
        assert len(entry["summary"]) <= 100 and not entry["summary"].endswith("."), rule
        assert 1 <= len(re.findall(r"\.(?: |$)", entry["reason"])) <= 4 and entry["reason"].endswith("."), rule
        page = (ROOT / entry["page"]).read_text()
        assert re.search(rf"^##+ {re.escape(entry['section'])}$", page, re.MULTILINE), rule
        lines = "\n".join((entry["wrong"], entry["right"])).splitlines()
        assert max(map(len, lines)) <= 100, rule


def test_one_rule_and_several():
    text = isthmus("explain", "shm-align").stdout
    assert text.startswith("shm-align (error)\n") and "\nwrong, in /chosen/guest-a/" in text
    assert "\nright:\n" in text and text.rstrip().splitlines()[-1].startswith("see docs/bindings.md")
    assert max(map(len, text.splitlines())) <= 100
    both = isthmus("explain", "shm-lonely", "shm-align").stdout
    assert both.startswith("shm-lonely (warning)\n") and both.endswith(text)
    assert [one["rule"] for one in json.loads(isthmus("explain", "shm-align", "--json").stdout)] == ["shm-align"]


def test_the_list_has_one_line_for_each_rule():
    lines = isthmus("explain").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[rule, entry["severity"]] for rule, entry in ENTRIES.items()]
    assert all(line.endswith(ENTRIES[line.split()[0]]["summary"]) for line in lines)


@pytest.mark.parametrize("wrong, near", [("shm-algin", ["shm-align", "shm-alias"]), ("shm-id", None),
                                         ("SHM_ALIGN", ["shm-align"]), ("kernal", []), ("", [])])
def test_a_name_that_is_none(wrong, near):
    done = isthmus("explain", wrong, status=64)
    first, *names = done.stderr.splitlines()
    assert first.startswith(f"isthmus: there is no rule {wrong}") and not done.stdout
    assert bool(names) == ("one of these?" in first)
    if near is None:
        near = sorted(rule for rule in ENTRIES if wrong in rule)
        assert sorted(name.strip() for name in names) == near
    else:
        assert [name.strip() for name in names][:len(near)] == near
    if not names:
        assert "isthmus explain lists them all" in first


def test_nothing_is_explained_when_one_name_is_wrong():
    assert not isthmus("explain", "shm-align", "nonsense", status=64).stdout
