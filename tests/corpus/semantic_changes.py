# SPDX-License-Identifier: Apache-2.0
"""The changes: each takes a tree and a source of random numbers, and does nothing where there is nothing to change.
What matters to a plan is picked more often than the rest of a board's tree."""
from semantic_tree import MIB, PAGE, number, put_number, ranges

IMPORTANT = ("xen,", "multiboot,", "example,", "arm,gic", "arm,cortex-a15-gic", "arm,pl011", "arm,smmu", "xen,cpupool")


def matters(node):
    return any(name.startswith(IMPORTANT) for name in node.compatible()) or \
        node.properties.get("device_type") in (b"memory\0", b"cpu\0") or node.name in ("chosen", "reserved-memory")


def any_node(tree, random):
    pairs = tree.parents()
    few = [pair for pair in pairs if matters(pair[1])]
    return random.choice(few if few and random.random() < 0.8 else pairs)


def any_range(tree, random):
    found = list(ranges(tree))
    few = [each for each in found if matters(each[0])]
    return random.choice(few if few and random.random() < 0.8 else found) if found else None


def move_address(tree, random):
    """To an edge of another range, inside or outside of it, or a little further."""
    one, other = any_range(tree, random), any_range(tree, random)
    if one is None:
        return
    node, name, at, address, _, start, size = one
    if tree.edges and random.random() < 0.7:
        other = random.choice(tree.edges)
    low, high = other[5], other[5] + other[6]
    places = [low, high, low - size, high - size, low - PAGE, high - PAGE, low + other[6] // 2, start + PAGE,
              start - PAGE, start + 0x200, start ^ (1 << 32), low - size + PAGE]
    put_number(node, name, at, address, random.choice(places))
    if name == "xen,reg" and random.random() < 0.3:
        put_number(node, name, at + one[4] + address, address, random.choice(places))  # the guest's
    elif name == "xen,shared-mem" and random.random() < 0.5:  # the guest's address, too
        put_number(node, name, at + address, address, random.choice([low, high, low - size]))


def change_size(tree, random):
    one = any_range(tree, random)
    if one is not None:
        node, name, at, address, count, _, size = one
        if name == "xen,shared-mem":
            at += address
        sizes = [0, PAGE, 2 * PAGE, 0x800, 64 * 1024, MIB, size * 2, size // 2, size + PAGE, size - PAGE, size + 1]
        put_number(node, name, at + address, count, random.choice(sizes))


def copy_node(tree, random):
    parent, node = any_node(tree, random)
    copy = node.copy()
    if random.random() < 0.7:
        copy.name = node.name.partition("@")[0] + f"@{random.randrange(1 << 16):x}"
    parent.children.insert(random.randrange(len(parent.children) + 1), copy)


def move_node(tree, random):
    parent, node = any_node(tree, random)
    target, _ = any_node(tree, random)
    if target not in list(node.walk()):
        parent.children.remove(node)
        target.children.append(node)


def remove_node(tree, random):
    parent, node = any_node(tree, random)
    parent.children.remove(node)


def rename_node(tree, random):
    parent, node = any_node(tree, random)
    node.name = random.choice([random.choice(parent.children).name, "isthmus", "Dom0", "reserved-memory", "chosen"])


def swap_phandles(tree, random):
    nodes = [node for node in tree.root.walk() if "phandle" in node.properties]
    if len(nodes) > 1:
        one, other = random.sample(nodes, 2)
        one.properties["phandle"], other.properties["phandle"] = other.properties["phandle"], one.properties["phandle"]


def turn_cells(tree, random):
    _, node = any_node(tree, random)
    name = random.choice(["#address-cells", "#size-cells", "#interrupt-cells"])
    if name in node.properties or random.random() < 0.2:
        node.properties[name] = random.choice([0, 1, 2, 3]).to_bytes(4, "big")


NUMBERS = {"cpus": [1, 2, 3, 4, 8, 128], "nr_spis": [0, 1, 32, 64, 988], "isthmus,priority": [0, 1, 255, 256],
           "isthmus,offset": [0, PAGE, 0x8000], "id": [0, 1, 2], "clock-frequency": [0, 1],
           "#redistributor-regions": [1, 2], "redistributor-stride": [0x20000, 0x40000],
           "memory": [1024, 4096, 8192, 65536, 131072, 1 << 20, 5 << 20]}
TOGGLED = {"vpl011": b"", "direct-map": b"", "xen,passthrough": b"", "no-map": b"", "role": b"owner\0",
           "isthmus,access": b"ro\0", "isthmus,presentation": b"pmem\0", "status": b"disabled\0",
           "interrupt-controller": b"", "passthrough": b"disabled\0", "dma-coherent": b"",
           "xen,force-assign-without-iommu": b""}
WORDS = ["sched=rr", "console=none", "dom0_mem=32M", "dom0_mem=1G", "dom0_max_vcpus=2", "on-stop=release", "bootscrub=1"]


def change_number(tree, random):
    few = [(node, name) for node in tree.root.walk() for name in node.properties if name in NUMBERS]
    if few:
        node, name = random.choice(few)
        length = max(4, len(node.properties[name]))
        node.properties[name] = (random.choice(NUMBERS[name]) % (1 << 8 * length)).to_bytes(length, "big")


def toggle(tree, random):
    _, node = any_node(tree, random)
    name = random.choice(list(TOGGLED))
    if name in node.properties:
        del node.properties[name]
    else:
        node.properties[name] = TOGGLED[name]


def change_interrupt(tree, random):
    few = [node for node in tree.root.walk() if len(node.properties.get("interrupts", b"")) >= 12]
    if few:
        one, other = random.choice(few), random.choice(few)
        put_number(one, "interrupts", 1, 1, random.choice([number(other.properties["interrupts"], 1, 1), 0, 9, 31, 987]))


def reserve(tree, random):
    one = any_range(tree, random)
    if one is not None:
        start, size = one[5:]
        at = random.choice([start, start + size, start - PAGE, start + PAGE, start + size - 0x800])
        tree.reservations.append((at % (1 << 64), random.choice([PAGE, 0x1800, size or PAGE])))


def change_arguments(tree, random):
    words = random.sample(WORDS, random.randrange(1, 3))
    tree.chosen().properties["xen,xen-bootargs"] = " ".join(words).encode() + b"\0"


CHANGES = [move_address] * 6 + [change_size] * 3 + [change_number] * 2 + [toggle] * 2 + [
    copy_node, move_node, remove_node, rename_node, swap_phandles, turn_cells, change_interrupt, reserve,
    change_arguments]


def change(tree, random):
    """A few changes; their names."""
    made = [random.choice(CHANGES) for _ in range(random.choice([1, 1, 1, 2, 2, 3]))]
    for one in made:
        one(tree, random)
    return [one.__name__ for one in made]
