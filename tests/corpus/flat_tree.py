# SPDX-License-Identifier: Apache-2.0
"""A flattened tree as {path: {property: bytes}}, in tree order (Devicetree specification, chapter 5)."""
import struct

BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9


def text_at(blob, at):
    return blob[at:blob.index(b"\0", at)].decode("latin-1")


def nodes(blob):
    _, _, at, strings = struct.unpack_from(">4I", blob)
    found, path = {}, []
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN_NODE:
            name = text_at(blob, at)
            at += (len(name) + 4) // 4 * 4
            path.append(name)
            properties = found["/".join(path) or "/"] = {}
        elif token == END_NODE:
            path.pop()
        elif token == PROP:
            length, name = struct.unpack_from(">2I", blob, at)
            properties[text_at(blob, strings + name)] = blob[at + 8:at + 8 + length]
            at += 8 + (length + 3) // 4 * 4
        elif token == END:
            return found
        else:
            assert token == NOP, f"token {token} at {at - 4}"


def cells(data):
    return [int.from_bytes(data[at:at + 4], "big") for at in range(0, len(data) - 3, 4)]


def texts(data):
    return [text.decode("latin-1") for text in data.split(b"\0")[:-1]]


def phandles(tree):
    """Number to path."""
    return {cells(properties[name])[0]: path for path, properties in tree.items()
            for name in ("linux,phandle", "phandle") if len(properties.get(name, b"")) == 4}


# Properties that hold phandles: those of one or more of them alone, and those where each is followed by as
# many cells as the node that it names says.
ALONE = {"interrupt-parent", "phy-handle", "memory-region", "operating-points-v2", "remote-endpoint", "cpu",
         "next-level-cache", "interrupt-affinity", "trip", "syscon",
         "cpus", "affinity", "opp-table", "required-opps", "nvmem"}
FOLLOWED = {"clocks": "#clock-cells", "assigned-clocks": "#clock-cells", "assigned-clock-parents": "#clock-cells",
            "resets": "#reset-cells", "dmas": "#dma-cells", "phys": "#phy-cells", "mboxes": "#mbox-cells",
            "power-domains": "#power-domain-cells", "iommus": "#iommu-cells", "pwms": "#pwm-cells",
            "thermal-sensors": "#thermal-sensor-cells", "cooling-device": "#cooling-cells",
            "io-channels": "#io-channel-cells", "interconnects": "#interconnect-cells",
            "interrupts-extended": "#interrupt-cells", "msi-parent": "#msi-cells", "hwlocks": "#hwlock-cells",
            "sound-dai": "#sound-dai-cells"}
MAPS = {"iommu-map": "#iommu-cells", "msi-map": "#msi-cells"}


def cells_behind(name):
    return "#gpio-cells" if name.endswith("-gpios") or name in ("gpios", "gpio") or name.endswith("-gpio") \
        else FOLLOWED.get(name)


def references(tree, known):
    """(path, property, phandle) of the properties above; `known`: the numbers, with their nodes' properties."""
    for path, properties in tree.items():
        for name, data in properties.items():
            if len(data) % 4 or "gpio-hog" in properties and name == "gpios":
                continue
            numbers = cells(data)
            if name in ALONE or name.endswith("-supply") or name.startswith("pinctrl-") and name[8:].isdigit():
                yield from ((path, name, number) for number in numbers)
            elif name in MAPS:
                yield from ((path, name, number) for number in numbers[1::4])
            elif counter := cells_behind(name):
                at = 0
                while at < len(numbers):
                    number = numbers[at]
                    yield path, name, number
                    more = cells(known.get(number, {}).get(counter, b""))
                    if number and number not in known:
                        break
                    at += 1 + (more[0] if number and more else 0)
