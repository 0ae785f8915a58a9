# SPDX-License-Identifier: Apache-2.0
"""What must hold for a linked hypervisor image; each check returns the list of what it found."""
import re
import subprocess

PREFIX = "aarch64-linux-gnu-"
# Only the guest's floating-point state may be touched, and only by the two functions that save and
# restore it.
FP_ALLOWED = re.compile(r"^arch_fp_")
FP_REGISTER = re.compile(r"\b(?:[bhsdq](?:[12]?\d|3[01])|v(?:[12]?\d|3[01])(?:\.\d*[bhsdq])?|z\d+|fpcr|fpsr)\b")
SYMBOL_LINE = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
CODE_LINE = re.compile(r"^\s+[0-9a-f]+:\s+(?:[0-9a-f]{8}\s+)(\S+)\s*(.*)$")
BRANCHES = re.compile(r"^(b|bl|b\..*|bc\..*|cbn?z|tbn?z|adrp?)$")


def tool(name, *arguments):
    return subprocess.run([PREFIX + name, *map(str, arguments)], check=True, capture_output=True,
                          text=True).stdout


def undefined_symbols(elf):
    return [f"undefined symbol: {line.split()[-1]}" for line in tool("nm", "-u", elf).splitlines()]


def guarded_statics(elf):
    """_ZGV: a function-local static that is built at run time, behind a guard."""
    names = [line.split()[-1] for line in tool("nm", elf).splitlines()]
    return [f"guarded static: {name}" for name in names if name.startswith("_ZGV")]


def floating_point(disassembly):
    found, symbol = [], ""
    for line in disassembly.splitlines():
        start = SYMBOL_LINE.match(line)
        if start:
            symbol = start.group(1)
            continue
        code = CODE_LINE.match(line)
        if not code or code.group(1).startswith(".") or FP_ALLOWED.match(symbol):
            continue
        operands = re.sub(r"//.*|<[^>]*>", "", code.group(2))
        if BRANCHES.match(code.group(1)):
            operands = re.sub(r"\b[0-9a-f]+\s*$", "", operands)  # the target's address
        if FP_REGISTER.search(operands):
            found.append(f"FP/SIMD in {symbol}: {code.group(1)} {code.group(2).strip()}")
    return found


def fp_instructions(elf):
    return floating_point(tool("objdump", "-d", elf))


def load_segments(elf):
    flags = []
    for line in tool("readelf", "-lW", elf).splitlines():
        columns = line.split()
        if columns and columns[0] == "LOAD":
            flags.append("".join(columns[6:-1]))
    found = [f"segment both writable and executable: {flag}" for flag in flags
             if "W" in flag and "E" in flag]
    if sorted(flags) != ["R", "RE", "RW"]:
        found.append(f"load segments are {flags}, not one each of R-X, R-- and RW-")
    return found


def dynamic_relocations(elf):
    text = tool("readelf", "-rW", elf)
    return [] if "There are no relocations" in text else [text.strip().splitlines()[0]]


def static_constructors(elf):
    found = []
    for line in tool("readelf", "-SW", elf).splitlines():
        columns = line.replace("[ ", "[").split()
        if len(columns) > 5 and columns[1] in (".init_array", ".ctors", ".preinit_array"):
            if int(columns[5], 16) != 0:
                found.append(f"{columns[1]} holds {int(columns[5], 16)} bytes")
    return found


BARRIERS = re.compile(r"^(isb|dsb|dmb|b|nop)$")


def open_switches(disassembly):
    """Each write of TTBR0_EL2 is followed by the TLB invalidation that ends it, and between stand only barriers (and
    direct branches): nothing is translated by both maps."""
    found, waiting, symbol = [], None, ""
    for line in disassembly.splitlines():
        start = SYMBOL_LINE.match(line)
        symbol = start.group(1) if start else symbol
        code = CODE_LINE.match(line)
        if not code:
            continue
        if waiting is not None and not BARRIERS.match(code.group(1)):
            if not (code.group(1) == "tlbi" and code.group(2).startswith("alle2")):
                found.append(f"{code.group(1)} {code.group(2).strip()} in {symbol} after {waiting}")
            waiting = None
        if code.group(1) == "msr" and code.group(2).startswith("ttbr0_el2"):
            waiting = f"msr {code.group(2).strip()}"
    return found + ([f"nothing after {waiting}"] if waiting else [])


def ttbr_switches(elf):
    return open_switches(tool("objdump", "-d", elf))


CHECKS = [undefined_symbols, guarded_statics, fp_instructions, load_segments, dynamic_relocations,
          static_constructors, ttbr_switches]
