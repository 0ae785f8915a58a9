# SPDX-License-Identifier: Apache-2.0
"""What must hold for a linked hypervisor image; each check returns the list of what it found."""
import re
import struct
import subprocess

PREFIX = "aarch64-linux-gnu-"
# Only the guest's floating-point state may be touched, and only by the two functions that save and
# restore it.
FP_ALLOWED = re.compile(r"^arch_fp_")
FP_REGISTER = re.compile(r"\b(?:[bhsdq](?:[12]?\d|3[01])|v(?:[12]?\d|3[01])(?:\.\d*[bhsdq])?|z\d+|fpcr|fpsr)\b")
SYMBOL_LINE = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
CODE_LINE = re.compile(r"^\s+[0-9a-f]+:\s+(?:[0-9a-f]{8}\s+)(\S+)\s*(.*)$")
CODE_WORD = re.compile(r"^\s+([0-9a-f]+):\s+([0-9a-f]{8})\s+(\S+)\s*(.*)$")
LOAD = re.compile(r"^ld(?:r|p|ur|ar|xr|axr|xp|axp|np|tr|apr|apur)(?:b|h|sb|sh|sw)?$")
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


def words(disassembly):
    """(symbol, address, word, mnemonic, operands) of each instruction, in order."""
    symbol = ""
    for line in disassembly.splitlines():
        start = SYMBOL_LINE.match(line)
        code = CODE_WORD.match(line)
        if start:
            symbol = start.group(1)
        elif code and not code.group(3).startswith("."):
            operands = re.sub(r"//.*|<[^>]*>", "", code.group(4)).strip()
            yield symbol, int(code.group(1), 16), int(code.group(2), 16), code.group(3), operands


def accesses_memory(word):
    """The group of loads and stores, with prefetches, exclusives and literals (DDI 0487, C4.1)."""
    return word & 0x0a000000 == 0x08000000


def is_multiply_accumulate(word):
    """MADD, MSUB, SMADDL, SMSUBL, UMADDL, UMSUBL of 64 bits with an addend."""
    return word >> 24 == 0x9b and word >> 21 & 7 in (0, 1, 5) and word >> 10 & 31 != 31


def loaded(mnemonic, operands):
    """The numbers of the general registers that a load writes."""
    names = operands.split("[")[0] if LOAD.match(mnemonic) else ""
    return {int(number) for number in re.findall(r"\b[wx](\d+)\b", names)}


def multiply_after_access(disassembly):
    """Cortex-A53 erratum 835769 (SDEN 859515): a memory access, and right behind it a multiply-accumulate of
    64 bits that does not wait for a register that the access loads."""
    found, before = [], None
    for symbol, address, word, mnemonic, operands in words(disassembly):
        if before and address == before[0] + 4 and accesses_memory(before[1]) and is_multiply_accumulate(word):
            read = {word >> 5 & 31, word >> 16 & 31, word >> 10 & 31}
            if not read & loaded(*before[2:]):
                found.append(f"erratum 835769 in {symbol}: {before[2]} {before[3]}; {mnemonic} {operands}")
        before = address, word, mnemonic, operands
    return found


def address_of_page_at_its_end(disassembly):
    """Cortex-A53 erratum 843419 (SDEN 859515): ADRP in the last two words of a page, a load or store (but no load
    of a pair), and then, at once or one instruction later, an access with an immediate offset from ADRP's register."""
    found, code = [], list(words(disassembly))
    for i, (symbol, address, word, mnemonic, operands) in enumerate(code[:-2]):
        if word & 0x9f000000 != 0x90000000 or address & 0xfff not in (0xff8, 0xffc):
            continue
        second = code[i + 1][2]
        loads_pair = second & 0x3a400000 == 0x28400000
        uses = [later for _, _, later, _, _ in code[i + 2:i + 4]
                if later & 0x3b000000 == 0x39000000 and later >> 5 & 31 == word & 31]
        if accesses_memory(second) and not loads_pair and uses:
            found.append(f"erratum 843419 in {symbol} at {address:#x}: {mnemonic} {operands}")
    return found


def path(code, at, length):
    """So many instructions from `at` on, the way that unconditional branches go."""
    places = {step[1]: place for place, step in enumerate(code)}
    for _ in range(length):
        if at is None or at >= len(code):
            return
        yield code[at]
        at = places.get(int(code[at][4], 16)) if code[at][3] == "b" else at + 1


def single_broadcast(disassembly):
    """A broadcast TLBI is done twice with a DSB between, and a DSB ends it (arch/arm64/cpu/sysreg.hpp)."""
    found, code = [], list(words(disassembly))
    at = 0
    while at < len(code):
        symbol, _, word, mnemonic, operands = code[at]
        at += 1
        if mnemonic != "tlbi" or not re.match(r"\w+is\b", operands):
            continue
        following = code[at:at + 2]
        is_repeated = [step[3:] for step in following][:1] == [("dsb", "ish")] and following[-1][2] == word
        at += 2 if is_repeated else 0
        ends = next((step[3:] for step in path(code, at, 16) if step[3] in ("dsb", "isb", "ret")), None)
        if not is_repeated or ends != ("dsb", "ish"):
            found.append(f"one TLBI alone in {symbol}: {operands}")
    return found


def ways_on(code, places, at):
    """Where the code of the same function may go on from instruction `at`."""
    _, _, _, mnemonic, operands = code[at]
    if mnemonic in ("ret", "eret", "br", "braa", "retaa", "udf"):
        return []
    target = re.search(r"\b([0-9a-f]+)$", operands)
    is_branch = re.match(r"^(b|b\..*|cbn?z|tbn?z)$", mnemonic)
    to = [places[int(target.group(1), 16)]] if is_branch and target and int(target.group(1), 16) in places else []
    return to if mnemonic == "b" else [*to, at + 1]


def first_of(code, starts, is_end):
    """Pairs of a start and an instruction at which `is_end` first says so, by any way; `starts` says where a way
    begins."""
    places = {step[1]: place for place, step in enumerate(code)}
    for start in (at for at, step in enumerate(code) if starts(step)):
        seen, waiting = set(), ways_on(code, places, start)
        while waiting:
            at = waiting.pop()
            if at in seen or at >= len(code):
                continue
            seen.add(at)
            if is_end(code[at]):
                yield code[start], code[at]
            else:
                waiting += ways_on(code, places, at)


def is_acknowledge(step):
    """ICC_IAR1_EL1, or GICv2's register: the one device load of the function that takes an interrupt."""
    symbol, _, _, mnemonic, operands = step
    by_register = mnemonic == "mrs" and re.search(r"icc_iar[01]_el1|s3_0_c12_c(12|8)_0\b", operands)
    return by_register or "take_interrupt" in symbol and mnemonic == "ldar" and operands.startswith("w")


def unordered_acknowledges(disassembly):
    """Between the acknowledge of an interrupt and whoever looks at what its sender wrote stands a DSB
    (docs/silicon.md). The virtual timer's handler needs none: nobody sent it."""
    calls = ("bl", "blr", "blraa")
    named = {int(line.split()[0], 16): SYMBOL_LINE.match(line).group(1) for line in disassembly.splitlines()
             if SYMBOL_LINE.match(line)}

    def is_end(step):
        return step[3] == "dsb" or step[3] in calls and "on_virtual_timer" not in callee(step)

    def callee(step):
        return named.get(int(step[4], 16), "") if step[3] == "bl" else ""

    return [f"no DSB behind {start[3]} {start[4]} in {start[0]} before {end[3]} {callee(end)}"
            for start, end in first_of(list(words(disassembly)), is_acknowledge, is_end) if end[3] != "dsb"]


def acknowledges(elf):
    code = tool("objdump", "-d", elf)
    kinds = {step[3] for step in words(code) if is_acknowledge(step)}
    return unordered_acknowledges(code) + [f"no acknowledge by {kind} found" for kind in {"mrs", "ldar"} - kinds]


def unsettled_guests(disassembly):
    """An ISB follows each write of VTTBR_EL2 before anything that goes by it, or that is not seen from here."""
    users = ("eret", "at", "tlbi", "ret", "bl", "blr", "br", "hvc", "smc")
    ends = first_of(list(words(disassembly)), lambda step: step[3] == "msr" and step[4].startswith("vttbr_el2"),
                    lambda step: step[3] == "isb" or step[3] in users)
    return [f"no ISB behind VTTBR_EL2 in {start[0]} before {end[3]} {end[4]}" for start, end in ends if end[3] != "isb"]


def guest_switches(elf):
    code = tool("objdump", "-d", elf)
    return unsettled_guests(code) + ([] if "vttbr_el2" in code else ["no VTTBR_EL2 found: is this the hypervisor?"])


def bare_par_reads(disassembly):
    """Cortex-A77 erratum 1508412: barriers stand before and behind each read of PAR_EL1, with no call and no device
    load (which are load-acquires, arch/arm64/cpu/mmio.hpp) in between."""
    code = list(words(disassembly))
    barriers, others = ("dmb", "dsb"), re.compile(r"^(ret|eret|br|blr?|hvc|smc|ldar[bh]?|stl?xrb?)$")

    def is_par(step):
        return step[3] == "mrs" and step[4].endswith("par_el1")

    found = [f"no DMB behind PAR_EL1 in {start[0]} before {end[3]} {end[4]}"
             for start, end in first_of(code, is_par, lambda step: step[3] in barriers or others.match(step[3]))
             if end[3] not in barriers]
    last = None
    for step in code:
        last = step[3] if step[3] in barriers or others.match(step[3]) else last
        if is_par(step) and last not in barriers:
            found.append(f"no DMB before PAR_EL1 in {step[0]}, but {last}")
    return found


def par_reads(elf):
    code = tool("objdump", "-d", elf)
    return bare_par_reads(code) + ([] if "par_el1" in code else ["no PAR_EL1 found: is this the hypervisor?"])


def cortex_a53_multiplications(elf):
    return multiply_after_access(tool("objdump", "-d", elf))


def cortex_a53_page_ends(elf):
    return address_of_page_at_its_end(tool("objdump", "-d", elf))


def broadcasts(elf):
    code = tool("objdump", "-d", elf)
    return single_broadcast(code) + ([] if "tlbi" in code else ["no TLBI found: is this the hypervisor?"])


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
          static_constructors, ttbr_switches, cortex_a53_multiplications, cortex_a53_page_ends, broadcasts,
          acknowledges, guest_switches, par_reads]


def loader_relocations(elf):
    """The EFI loader relocates its data itself, by additions of its place alone (arch/arm64/efi/entry.S)."""
    kinds = re.findall(r"\b(R_AARCH64_\w+)", tool("readelf", "-rW", elf))
    return [f"relocation {kind}" for kind in kinds if not "R_AARCH64_RELATIVE".startswith(kind)]


# Floating point is allowed there: libfdt copies with it, and firmware has it turned on (UEFI specification, 2.3.6).
LOADER_CHECKS = [undefined_symbols, guarded_statics, static_constructors, cortex_a53_multiplications, loader_relocations]


def pe_differences(file):
    """The PE header of entry.S against the file: sections follow each other to the file's end, the entry is code."""
    at = struct.unpack_from("<I", file, 0x3c)[0]
    if file[:2] != b"MZ" or file[at:at + 4] != b"PE\0\0":
        return ["no PE header"]
    machine, count, *_, optional, _ = struct.unpack_from("<HHIIIHH", file, at + 4)
    entry, = struct.unpack_from("<I", file, at + 24 + 16)
    size, headers = struct.unpack_from("<II", file, at + 24 + 56)
    found = [] if (machine, size) == (0xaa64, len(file)) else [f"machine {machine:#x}, {size} bytes of {len(file)}"]
    end, entered = headers, False
    for index in range(count):
        memory, start, raw, where = struct.unpack_from("<4I", file, at + 24 + optional + 40 * index + 8)
        flags, = struct.unpack_from("<I", file, at + 24 + optional + 40 * index + 36)
        if (start, where, memory) != (end, end, raw) or raw == 0 or start % 4096:
            found.append(f"section {index} at {start:#x}, in the file at {where:#x}, behind {end:#x}")
        if flags & 0xa0000000 == 0xa0000000:
            found.append(f"section {index} is writable and executable")
        entered |= start <= entry < start + memory and bool(flags & 0x20000000)
        end = start + memory
    if end != len(file) or not entered:
        found.append(f"the sections end at {end:#x}, the entry is {entry:#x}")
    return found


def size_differences(file):
    """Tools place the next thing behind the file: an Image header that says more memory, or more than 1 MiB."""
    said = struct.unpack_from("<Q", file, 16)[0]
    if said != len(file):
        return [f"the Image header says {said} bytes of memory, the file has {len(file)}"]
    return [] if said <= 1 << 20 else [f"the image takes {said} bytes, more than 1 MiB"]
