# SPDX-License-Identifier: Apache-2.0
"""Tree texts for launch.py, made from values.

system(domain("guest-a", regions=[region("demo", 0x70000000, 0x50000000, 0x10000)]), ...)
"""
from launch import cells


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def region(shm_id: str | int, host: int | None, guest: int, size: int, *, name: str | None = None,
           extra: str = "") -> str:
    """One domain's node of a shared region. A number as id gives the dialect of numbered regions."""
    shown = quoted(shm_id) if isinstance(shm_id, str) else f"<{shm_id:#x}>"
    numbers = [host, guest, size] if isinstance(shm_id, str) else [host, size, guest]
    numbers = [number for number in numbers if number is not None]
    return f"""
            {name or f"shared@{guest:x}"} {{
                compatible = "xen,domain-shared-memory-v1";
                xen,shm-id = {shown};
                xen,shared-mem = <{" ".join(map(cells, numbers))}>;
                {extra}
            }};"""


def module(kind: str, reg: str, number: int, extra: str = "") -> str:
    return f"""
            module@{number} {{
                compatible = "multiboot,{kind}", "multiboot,module";
                reg = <{reg}>;
                {extra}
            }};"""


def domain(name: str, kernel: str | None = "kernel", *, memory_mib: int = 64, cpus: int = 1,
           bootargs: str = "", ramdisk: str | None = None, regions: tuple = (), uart: bool = True,
           extra: str = "") -> str:
    """`kernel` and `ramdisk` name modules; `extra` is more text inside the domain's node."""
    inner = ""
    if kernel:
        arguments = f"bootargs = {quoted(bootargs)};" if bootargs else ""
        inner += module("kernel", f"${{{kernel}.address}} ${{{kernel}.size}}", 0, arguments)
    if ramdisk:
        inner += module("ramdisk", f"${{{ramdisk}.address}} ${{{ramdisk}.size}}", 1)
    return f"""
        {name} {{
            compatible = "xen,domain";
            #address-cells = <2>;
            #size-cells = <2>;
            memory = <{cells(memory_mib * 1024)}>;
            cpus = <{cpus}>;
            {"vpl011;" if uart else ""}
            {extra}{inner}{"".join(regions)}
        }};"""


def dom0(kernel: str = "kernel", *, bootargs: str = "", ramdisk: str | None = None, regions: tuple = ()) -> str:
    """Dom0, whose modules stand directly under /chosen: first among the domains of system()."""
    arguments = f"bootargs = {quoted(bootargs)};" if bootargs else ""
    text = module("kernel", f"${{{kernel}.address}} ${{{kernel}.size}}", 0, arguments)
    if ramdisk:
        text += module("ramdisk", f"${{{ramdisk}.address}} ${{{ramdisk}.size}}", 1)
    return "#address-cells = <2>; #size-cells = <2>;" + text + "".join(regions)


def system(*domains: str, chosen: str = "", root: str = "") -> str:
    return f"""
/ {{
    {root}
    chosen {{
        {chosen}{"".join(domains)}
    }};
}};
"""
