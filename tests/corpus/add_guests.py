#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds two domains and a region they share to the device tree of a board, in RAM that is free.

    tests/corpus/add_guests.py BOARD.dtb OUTPUT.dtb

What a boot loader does is done first: a tree without RAM (no memory node, or one of size 0) gets
some. The places are chosen by this script, without any code of Isthmus: what it then says about
them is a second opinion.
"""
import struct
import sys

import libfdt

MIB = 1 << 20
PAGE = 0x1000
KERNEL = 24 * MIB
GUEST_KIB = 32 * 1024
REGION = 64 * 1024
REGION_GUEST = 0x3F000000
FILLED = 1024 * MIB
FILLED_AT = 0x80000000  # where RAM is said to be when the tree says nothing
DOM0_ARGUMENTS = "dom0_mem=128M"
QUIET = [libfdt.NOTFOUND]


def value(fdt, node, name):
    """A property's bytes; nothing when the node has none. Not Fdt.getprop: with the python3-libfdt
    of Debian 12 each property that is absent costs a reference of None, until Python aborts."""
    offset = fdt.first_property_offset(node, QUIET)
    while offset >= 0:
        prop = fdt.get_property_by_offset(offset)
        if prop.name == name:
            return bytes(prop)
        offset = fdt.next_property_offset(offset, QUIET)
    return None


def cells(fdt, node, name, default):
    data = value(fdt, node, name)
    return default if data is None else int.from_bytes(data, "big")


def text(fdt, node, name):
    return (value(fdt, node, name) or b"").rstrip(b"\0")


def pack(value, count):
    return value.to_bytes(4 * count, "big")


def reg(fdt, node, address_cells, size_cells):
    """The pairs of a node's reg; none when it has none."""
    data = value(fdt, node, "reg") or b""
    step, split = 4 * (address_cells + size_cells), 4 * address_cells
    return [(int.from_bytes(data[i:i + split], "big"), int.from_bytes(data[i + split:i + step], "big"))
            for i in range(0, len(data) - step + 1, step)]


def children(fdt, node):
    child = fdt.first_subnode(node, QUIET)
    while child >= 0:
        yield child
        child = fdt.next_subnode(child, QUIET)


def memory_nodes(fdt):
    return [node for node in children(fdt, 0) if text(fdt, node, "device_type") == b"memory"]


def fill_memory(fdt):
    """As a boot loader: RAM where there is none. Returns how: "tree", "size" or "node"."""
    address_cells, size_cells = cells(fdt, 0, "#address-cells", 2), cells(fdt, 0, "#size-cells", 1)
    nodes = memory_nodes(fdt)
    banks = [(node, bank) for node in nodes for bank in reg(fdt, node, address_cells, size_cells)]
    if any(size for _, (_, size) in banks):
        return "tree"
    if banks:
        node, (start, _) = banks[0]
    else:
        node, start = nodes[0] if nodes else fdt.add_subnode(0, f"memory@{FILLED_AT:x}"), FILLED_AT
    fdt.setprop_str(node, "device_type", "memory")
    fdt.setprop(node, "reg", pack(start, address_cells) + pack(FILLED, size_cells))
    return "size" if banks else "node"


def memory_reservations(blob):
    """The /memreserve/ block, which ends with an entry of zeros (Devicetree specification, 5.3)."""
    (at,) = struct.unpack_from(">I", blob, 16)
    while (entry := struct.unpack_from(">QQ", blob, at)) != (0, 0):
        yield entry
        at += 16


def taken(fdt):
    """Host ranges that firmware keeps: /memreserve/ and /reserved-memory."""
    ranges = list(memory_reservations(bytes(fdt.as_bytearray())))
    parent = fdt.path_offset("/reserved-memory", QUIET)
    if parent >= 0:
        sizes = cells(fdt, parent, "#address-cells", 2), cells(fdt, parent, "#size-cells", 1)
        for node in children(fdt, parent):
            ranges += reg(fdt, node, *sizes)
    return ranges


class FreeRam:
    """The RAM of the tree, given away from the bottom of its largest gaps."""

    def __init__(self, fdt):
        sizes = cells(fdt, 0, "#address-cells", 2), cells(fdt, 0, "#size-cells", 1)
        self.gaps = [(start, start + size) for node in memory_nodes(fdt)
                     for start, size in reg(fdt, node, *sizes) if size]
        for start, size in taken(fdt):
            self.remove(start, start + size)

    def remove(self, start, end):
        self.gaps = [gap for low, high in self.gaps
                     for gap in ((low, min(high, start)), (max(low, end), high)) if gap[0] < gap[1]]

    def take(self, size):
        """A range of `size` bytes on a 2 MiB boundary; nothing when no gap holds it."""
        for low, high in sorted(self.gaps, key=lambda gap: gap[0] - gap[1]):
            start = -(-low // (2 * MIB)) * (2 * MIB)
            if start + size <= high:
                self.remove(start, start + size)
                return start
        return None


def add_domain(fdt, chosen, name, kernel, region):
    node = fdt.add_subnode(chosen, name)
    fdt.setprop_str(node, "compatible", "xen,domain")
    fdt.setprop_u32(node, "#address-cells", 2)
    fdt.setprop_u32(node, "#size-cells", 2)
    fdt.setprop(node, "memory", pack(GUEST_KIB, 2))
    fdt.setprop_u32(node, "cpus", 1)
    fdt.setprop(node, "vpl011", b"")
    module = fdt.add_subnode(node, f"module@{kernel:x}")
    fdt.setprop(module, "compatible", b"multiboot,kernel\0multiboot,module\0")
    fdt.setprop(module, "reg", pack(kernel, 2) + pack(KERNEL, 2))
    shared = fdt.add_subnode(fdt.path_offset(f"/chosen/{name}"), f"shared@{REGION_GUEST:x}")
    fdt.setprop_str(shared, "compatible", "xen,domain-shared-memory-v1")
    fdt.setprop_str(shared, "xen,shm-id", "corpus")
    fdt.setprop(shared, "xen,shared-mem", pack(region, 2) + pack(REGION_GUEST, 2) + pack(REGION, 2))


def add_guests(blob):
    """Returns the tree with guests and how it came to its RAM; nothing for a tree without room."""
    fdt = libfdt.Fdt(blob)
    fdt.resize(fdt.totalsize() + 8192)
    filled = fill_memory(fdt)
    free = FreeRam(fdt)
    kernel, region = free.take(KERNEL), free.take(REGION)
    if kernel is None or region is None:
        return None, filled
    if fdt.path_offset("/chosen", QUIET) < 0:
        fdt.add_subnode(0, "chosen")
    for name in ("corpusA", "corpusB"):
        add_domain(fdt, fdt.path_offset("/chosen"), name, kernel, region)
    fdt.pack()
    return bytes(fdt.as_bytearray()), filled


def add_module(fdt, parent, kind, place, counts):
    at, size = place
    node = fdt.add_subnode(parent, f"{kind}@{at:x}")
    fdt.setprop(node, "compatible", f"multiboot,{kind}\0multiboot,module\0".encode())
    fdt.setprop(node, "reg", pack(at, counts[0]) + pack(size, counts[1]))


def add_dom0(blob):
    """Returns the tree with a Dom0, one domain and a region they share, and how it came to its RAM."""
    fdt = libfdt.Fdt(blob)
    fdt.resize(fdt.totalsize() + 8192)
    filled = fill_memory(fdt)
    free = FreeRam(fdt)
    kernel, ramdisk, region = free.take(KERNEL), free.take(MIB), free.take(REGION)
    if None in (kernel, ramdisk, region):
        return None, filled
    if fdt.path_offset("/chosen", QUIET) < 0:
        fdt.add_subnode(0, "chosen")
    add_domain(fdt, fdt.path_offset("/chosen"), "corpusA", kernel, region)
    chosen = fdt.path_offset("/chosen")
    for name in ("#address-cells", "#size-cells"):
        if value(fdt, chosen, name) is None:
            fdt.setprop_u32(chosen, name, 2)
    fdt.setprop_str(chosen, "xen,xen-bootargs", DOM0_ARGUMENTS)
    counts = cells(fdt, chosen, "#address-cells", 2), cells(fdt, chosen, "#size-cells", 2)
    add_module(fdt, fdt.path_offset("/chosen"), "kernel", (kernel, KERNEL), counts)
    add_module(fdt, fdt.path_offset("/chosen"), "ramdisk", (ramdisk, MIB), counts)
    shared = fdt.add_subnode(fdt.path_offset("/chosen"), f"shared@{region:x}")
    fdt.setprop_str(shared, "compatible", "xen,domain-shared-memory-v1")
    fdt.setprop_str(shared, "xen,shm-id", "corpus")
    place = pack(region, counts[0])
    fdt.setprop(shared, "xen,shared-mem", place + place + pack(REGION, counts[1]))
    fdt.pack()
    return bytes(fdt.as_bytearray()), filled


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        tree, _ = add_guests(file.read())
    if tree is None:
        sys.exit("no room in the RAM of this tree")
    with open(sys.argv[2], "wb") as file:
        file.write(tree)


if __name__ == "__main__":
    main()
