# SPDX-License-Identifier: Apache-2.0
"""What a guest has printed (tests/guests/facts.cpp, tests/guests/linux/facts-init.sh) as facts: a name, and a
value as text. Names hold no space. What differs from run to run is left out here, and nowhere else."""
import base64
import re

import hypervisors
import libfdt

# Of a register that is none of the identification space only that it can be read is a fact when its value is one of
# time, of chance, or of what the guest itself does.
RESTLESS = {"3_0_4_0_0", "3_0_4_0_1", "3_0_4_1_0", "3_0_5_2_0", "3_0_6_0_0", "3_0_13_0_4", "3_0_12_0_0",
            "3_3_2_4_0", "3_3_2_4_1", "3_3_4_2_0", "3_3_14_0_1", "3_3_14_0_2", "3_3_14_0_5", "3_3_14_0_6",
            "3_3_14_2_0", "3_3_14_3_0", "3_3_14_2_2", "3_3_14_3_2"}
NAMES = {"3_0_0_0_0": "MIDR_EL1", "3_0_0_0_5": "MPIDR_EL1", "3_0_0_0_6": "REVIDR_EL1",
         "3_0_1_0_0": "SCTLR_EL1", "3_3_4_2_1": "DAIF", "3_3_14_0_0": "CNTFRQ_EL0",
         **{f"3_0_0_1_{i}": f"ID_{name}_EL1" for i, name in
            enumerate(("PFR0", "PFR1", "DFR0", "AFR0", "MMFR0", "MMFR1", "MMFR2", "MMFR3"))},
         **{f"3_0_0_4_{i}": f"ID_AA64PFR{i}_EL1" for i in (0, 1, 2)}, "3_0_0_4_4": "ID_AA64ZFR0_EL1",
         "3_0_0_4_5": "ID_AA64SMFR0_EL1",
         **{f"3_0_0_5_{i}": f"ID_AA64DFR{i}_EL1" for i in (0, 1)},
         **{f"3_0_0_6_{i}": f"ID_AA64ISAR{i}_EL1" for i in (0, 1, 2)},
         **{f"3_0_0_7_{i}": f"ID_AA64MMFR{i}_EL1" for i in (0, 1, 2, 3)}}
# Lines of a kernel's log that speak of what it found, not of when.
TOLD = re.compile(r"psci: |SMCCC: |GICv\d|GIC: |arch_timer: |CPU features: |Machine model: |smp: |CPU: All|Xen |xen")


def dashed(text: str) -> str:
    return re.sub(r"[\s|]+", "-", text.strip())


def property_text(value: bytes) -> str:
    """As in a .dts file."""
    texts = value.split(b"\0")
    if value and texts[-1] == b"" and all(text and all(32 <= byte < 127 for byte in text) for text in texts[:-1]):
        return " ".join(f'"{text.decode()}"' for text in texts[:-1])
    if len(value) % 4:
        return "[" + value.hex(" ") + "]"
    return "<" + " ".join(f"{int.from_bytes(value[i:i + 4]):#x}" for i in range(0, len(value), 4)) + ">"


def tree_facts(blob: bytes) -> dict[str, str]:
    """Of each node that it is there, and every property. The order of nodes and properties is no fact."""
    tree = libfdt.FdtRo(blob)
    found = {}

    def walk(node: int, path: str) -> None:
        found[f"tree{path or '/'}"] = "node"
        offset = tree.first_property_offset(node, libfdt.QUIET_NOTFOUND)
        while offset >= 0:
            item = tree.get_property_by_offset(offset)
            found[f"tree{path or '/'}:{item.name}"] = property_text(bytes(item))
            offset = tree.next_property_offset(offset, libfdt.QUIET_NOTFOUND)
        child = tree.first_subnode(node, libfdt.QUIET_NOTFOUND)
        while child >= 0:
            walk(child, f"{path}/{tree.get_name(child)}")
            child = tree.next_subnode(child, libfdt.QUIET_NOTFOUND)

    walk(0, "")
    for number in range(tree.num_mem_rsv()):
        start, size = tree.get_mem_rsv(number)
        found[f"tree-memreserve.{number}"] = f"{start:#x} {size:#x}"
    return found


def register_facts(encoding: str, value: str) -> dict[str, str]:
    """An identification register of 64 bits is as many facts as it has fields, by the field's lowest bit."""
    name = "register." + NAMES.get(encoding, encoding)
    if encoding in RESTLESS:
        return {name: "readable"}
    if not re.match(r"3_0_0_[4-7]_", encoding):
        return {name: value}
    number = int(value, 16)
    return {name: "readable"} | {f"{name}.{low}": f"{number >> low & 15:#x}" for low in range(0, 64, 4)}


def bare_facts(lines: list[str]) -> dict[str, str]:
    found = {}
    count = 0
    for line in lines:
        match = re.fullmatch(r"fact (\S+) (.+)", line.strip())
        if match:
            count += 1
            group, _, name = match[1].partition(".")
            found |= register_facts(name, match[2]) if group == "register" else {match[1]: match[2]}
    ended = next(match for match in map(hypervisors.END.search, lines) if match)
    assert count == int(ended[1]), f"{ended[1]} facts were printed, {count} arrived"
    blob = bytes.fromhex("".join(line.split()[1] for line in lines if re.fullmatch(r"tree [0-9a-f]+\s*", line)))
    return found | tree_facts(blob)


def interrupt_facts(text: str) -> dict[str, str]:
    """/proc/interrupts: chip, number at the chip and trigger, by user; not how often, nor Linux's number."""
    head, *lines = text.splitlines()
    found = {"irq.cpus": str(len(head.split()))}
    for line in lines:
        words = line.split()
        rest = words[1 + len(head.split()):]
        if re.fullmatch(r"\d+:", words[0]):
            name = dashed(" ".join(rest[3:])) or "nobody"
            found[f"irq.{name}"] = " ".join(rest[:3])
    return found


def iomem_facts(text: str) -> dict[str, str]:
    """/proc/iomem: the ranges of a name, in their order."""
    found = {}
    for line in text.splitlines():
        place, _, name = line.partition(" : ")
        key = f"iomem.{dashed(name)}"
        found[key] = f"{found[key]} {place.strip()}" if key in found else place.strip()
    return found


def linux_facts(lines: list[str]) -> dict[str, str]:
    parts: dict[str, str] = {}
    count = 0
    for line in lines:
        match = re.fullmatch(r"file (\S+) (\S+)", line.strip())
        if match:
            count += 1
            parts[match[1]] = parts.get(match[1], "") + match[2]
    ended = next(match for match in map(hypervisors.END.search, lines) if match)
    assert count == int(ended[1]), f"{ended[1]} lines were printed, {count} arrived"
    files = {name: base64.b64decode(text) for name, text in parts.items()}
    texts = {name: data.decode(errors="replace") for name, data in files.items() if name != "fdt"}
    found = tree_facts(files["fdt"]) | interrupt_facts(texts["interrupts"]) | iomem_facts(texts["iomem"])
    found["cpus.online"] = texts["online"].strip()
    for number, block in enumerate(texts["cpuinfo"].strip().split("\n\n")):
        for name, _, value in (line.partition(":") for line in block.splitlines()):
            if name.strip() not in ("processor", "BogoMIPS"):
                found[f"cpu{number}.{dashed(name)}"] = value.strip()
    for line in texts["vulnerabilities"].splitlines():
        name, _, value = line.rpartition("/")[2].partition(":")
        found[f"vulnerability.{name}"] = value.strip()
    total = re.search(r"MemTotal: *(\d+) kB", texts["meminfo"])
    found["memory.MemTotal"] = f"{total[1]} kB"
    for line in texts["dmesg"].splitlines():
        said = re.sub(r"^\[ *[\d.]+\] ", "", line)
        if TOLD.search(said):
            found[f"log.{dashed(said)}"] = "said"
    return found


def facts(lines: list[str]) -> dict[str, str]:
    return linux_facts(lines) if any(line.startswith("file fdt ") for line in lines) else bare_facts(lines)
