# SPDX-License-Identifier: Apache-2.0
"""A device tree that can be changed, and changes of it that mean something: known properties get other plausible
values, addresses are put to the edges of other ranges, nodes are copied, moved and renamed."""
import struct

import flat_tree

PAGE = 0x1000
MIB = 1 << 20


class Node:
    def __init__(self, name, properties=(), children=()):
        self.name, self.properties, self.children = name, dict(properties), list(children)

    def copy(self):
        return Node(self.name, self.properties, [child.copy() for child in self.children])

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def cells(self, name, default):
        data = self.properties.get(name, b"")
        return int.from_bytes(data, "big") if len(data) == 4 else default

    def compatible(self):
        return flat_tree.texts(self.properties.get("compatible", b""))


class Tree:
    """Nodes of one name stay two, which flat_tree's dictionary of paths could not tell apart. `edges`: ranges of
    another tree, to whose edges addresses of this one may be put."""

    def __init__(self, blob, edges=()):
        self.edges = list(edges)
        (at,) = struct.unpack_from(">I", blob, 16)
        self.reservations = []
        while (entry := struct.unpack_from(">QQ", blob, at)) != (0, 0):
            self.reservations.append(entry)
            at += 16
        _, _, at, strings = struct.unpack_from(">4I", blob)
        stack = [Node("")]
        while True:
            (token,) = struct.unpack_from(">I", blob, at)
            at += 4
            if token == flat_tree.BEGIN_NODE:
                node = Node(flat_tree.text_at(blob, at))
                stack[-1].children.append(node)
                stack.append(node)
                at += (len(node.name) + 4) // 4 * 4
            elif token == flat_tree.END_NODE:
                stack.pop()
            elif token == flat_tree.PROP:
                length, name = struct.unpack_from(">2I", blob, at)
                stack[-1].properties[flat_tree.text_at(blob, strings + name)] = blob[at + 8:at + 8 + length]
                at += 8 + (length + 3) // 4 * 4
            elif token == flat_tree.END:
                break
        (self.root,) = stack[0].children

    def blob(self):
        names, strings, out = {}, bytearray(), bytearray()

        def put(node):
            name = node.name.encode("latin-1") + b"\0"
            out.extend(struct.pack(">I", flat_tree.BEGIN_NODE) + name + bytes(-len(name) % 4))
            for key, data in node.properties.items():
                if key not in names:
                    names[key] = len(strings)
                    strings.extend(key.encode("latin-1") + b"\0")
                out.extend(struct.pack(">3I", flat_tree.PROP, len(data), names[key]) + data + bytes(-len(data) % 4))
            for child in node.children:
                put(child)
            out.extend(struct.pack(">I", flat_tree.END_NODE))

        put(self.root)
        out.extend(struct.pack(">I", flat_tree.END))
        reserved = b"".join(struct.pack(">QQ", *entry) for entry in self.reservations) + bytes(16)
        structure = 40 + len(reserved)
        total = structure + len(out) + len(strings)
        return struct.pack(">10I", 0xD00DFEED, total, structure, structure + len(out), 40, 17, 16, 0, len(strings),
                           len(out)) + reserved + bytes(out) + bytes(strings)

    def parents(self):
        """(parent, node) of all but the root."""
        return [(node, child) for node in self.root.walk() for child in node.children]

    def chosen(self):
        return next((child for child in self.root.children if child.name == "chosen"), self.root)


def entries(parent, node):
    """Where a node's properties hold ranges: (property, cells of address, of size, cells before them, of a step)."""
    above = parent.cells("#address-cells", 2), parent.cells("#size-cells", 1)
    for name, data in node.properties.items():
        if name == "reg" and above[1]:
            yield name, *above, 0, sum(above)
        elif name in ("xen,static-mem", "xen,static-heap"):
            counts = above if name == "xen,static-mem" else (node.cells("#address-cells", 2), node.cells("#size-cells", 1))
            yield name, *counts, 0, sum(counts)
        elif name == "xen,reg":
            yield name, *above, 0, 2 * above[0] + above[1]
        elif name == "xen,shared-mem" and len(data) == 4 * (2 * above[0] + above[1]):
            yield name, above[0], above[1], 0, 2 * above[0] + above[1]


def number(data, at, count):
    return int.from_bytes(data[4 * at:4 * (at + count)], "big")


def ranges(tree):
    """All (node, property, index of the cell, cells of address, cells of size, start, size)."""
    for parent, node in tree.parents():
        for name, address, size, offset, step in entries(parent, node):
            data = node.properties[name]
            if not 1 <= address <= 2 or not 1 <= size <= 2:
                continue
            for at in range(offset, len(data) // 4 - step + 1, step):
                yield (node, name, at, address, size, number(data, at, address), number(data, at + address, size))


def put_number(node, name, at, count, value):
    data = node.properties[name]
    value %= 1 << (32 * count)
    node.properties[name] = data[:4 * at] + value.to_bytes(4 * count, "big") + data[4 * (at + count):]
