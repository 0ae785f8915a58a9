# SPDX-License-Identifier: Apache-2.0
"""What must hold for every plan that is accepted, read from the tree itself: a second reading, that knows nothing of
how the planner comes to its answer, nor believes what the plan says about the machine."""
import itertools

from flat_tree import texts
from plan_ranges import PAGE, host_of, overlap, pages, show
from semantic_tree import number

GICV2 = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic", "qcom,msm-qgic2", "brcm,brahma-b15-gic"}
FIRST_SPI = 32


def enabled(node):
    return "status" not in node.properties or bool({"okay", "ok"} & set(texts(node.properties["status"])))


class Machine:
    """Registers and reservations as the tree has them, at the CPUs' addresses."""

    def __init__(self, tree):
        self.tree = tree
        self.windows = []  # (node, path, [ranges]) of what is present
        self.nodes = {}
        self.collect(tree.root, "", [], True)
        self.gic = next(((node, windows) for node, _, windows, _ in self.windows if self.gic_version(node)), None)

    def gic_version(self, node):
        if "interrupt-controller" not in node.properties or not enabled(node):
            return 0
        return 3 if "arm,gic-v3" in node.compatible() else 2 if GICV2 & set(node.compatible()) else 0

    def collect(self, node, path, buses, present):
        self.nodes.setdefault(path or "/", node)
        for child in node.children:
            here = f"{path}/{child.name}"
            is_present = present and enabled(child)
            windows = self.registers(node, child, buses)
            self.windows.append((child, here, windows, is_present))
            self.collect(child, here, [*buses, (node, child)], is_present)

    def registers(self, parent, node, buses):
        address, size = parent.cells("#address-cells", 2), parent.cells("#size-cells", 1)
        data = node.properties.get("reg", b"")
        if not 1 <= address <= 2 or not 1 <= size <= 2 or len(data) % (4 * (address + size)):
            return []
        found = []
        for at in range(0, len(data) // 4, address + size):
            first, length = number(data, at, address), number(data, at + address, size)
            start = self.translate(first, buses)
            # What a bus hands on only in part, a driver cannot have either.
            is_whole = start is not None and (not length or self.translate(first + length - 1, buses) == start + length - 1)
            found.append([start, start + length] if is_whole and start + length < 1 << 64 else None)
        return found

    def translate(self, address, buses):
        """Up through the `ranges` of each bus (Devicetree specification, 2.3.8)."""
        for above, bus in reversed(buses):
            data = bus.properties.get("ranges")
            if data is None:
                return None
            if not data:
                continue
            child, outer, size = bus.cells("#address-cells", 2), above.cells("#address-cells", 2), \
                bus.cells("#size-cells", 1)
            step = child + outer + size
            for at in range(0, len(data) // 4 - step + 1, step):
                low = number(data, at, child)
                if low <= address < low + number(data, at + child + outer, size):
                    address += number(data, at + child, outer) - low
                    break
            else:
                return None
        return address

    def kept(self, has_console):
        """(what, range) of the registers that Isthmus works with."""
        node, windows = self.gic
        is_v2 = self.gic_version(node) == 2
        used = 3 if is_v2 else 1 + node.cells("#redistributor-regions", 1)
        for index, window in enumerate(windows[:used]):
            if is_v2 and index == 1:  # two pages of it are used, where they meet when spaced (IHI 0048, 4.4)
                start = window[0] + (0xF000 if window[1] - window[0] >= 128 * 1024 else 0)
                window = [start, start + 2 * PAGE]
            yield "the GIC", window
        for other, path, registers, _ in self.windows:
            if "arm,smmu-v3" in other.compatible() and enabled(other) and registers and registers[0] \
                    and not registers[0][0] % PAGE and registers[0][1] - registers[0][0] >= 128 * 1024:
                yield path, [registers[0][0], registers[0][0] + 128 * 1024]
            elif has_console and path == has_console and registers:
                yield path, registers[0]

    def reserved(self):
        parent = next((node for node in self.tree.root.children if node.name == "reserved-memory"), None)
        for child in parent.children if parent else []:
            if enabled(child):
                yield from (window for window in self.registers(parent, child, []) if window and window[0] < window[1])


class Accepted:
    def __init__(self, tree, plan, warnings):
        self.plan, self.warnings, self.machine = plan, warnings, Machine(tree)
        self.chosen = tree.chosen()
        kept = {each["path"] for each in plan["machine"]["kept"]}
        gic_path = next(path for node, path, _, _ in self.machine.windows if self.machine.gic_version(node))
        consoles = kept - {gic_path} - {path for node, path, _, _ in self.machine.windows
                                        if "arm,smmu-v3" in node.compatible()}
        self.console = next(iter(consoles), None)
        self.kept = [(what, pages(window)) for what, window in self.machine.kept(self.console) if window]

    def findings(self):
        yield from self.names()
        yield from self.registers()
        yield from self.reservations()
        yield from self.interrupts()
        for domain in self.plan["domains"]:
            yield from self.mappings(domain)
            yield from self.configuration(domain)

    def names(self):
        for node in self.machine.tree.root.walk():
            names = [child.name for child in node.children]
            if len(set(names)) != len(names):
                yield f"two nodes of one name below {node.name or '/'}"
        for key in "name", "id", "path":
            values = [domain[key] for domain in self.plan["domains"]]
            if len(set(values)) != len(values) or "isthmus" in values:
                yield f"domains: {key} {values}"

    def registers(self):
        ram = [bank["range"] for bank in self.plan["machine"]["memory"]]
        for (what, one), (other, range_) in itertools.combinations(self.kept, 2):
            if what != other and what in one and overlap(one, range_):
                yield f"{what} lies over {other}"
        for (what, one), bank in itertools.product(self.kept, ram):
            if overlap(one, bank):
                yield f"{what} lies in RAM"

    def mappings(self, domain):
        interface = self.interface(domain)
        for mapping in domain["mappings"]:
            host = host_of(mapping)
            for what, kept in self.kept:
                if overlap(host, kept):
                    yield f"{domain['name']}: host {show(host)} is {what}, which is kept"
            for entry in self.plan["host_map"]:
                if not overlap(host, entry["range"]):
                    continue
                allowed = {"device": [], "device_nc": [], "reserved_rw": ["reserved"]}.get(mapping["type"], ["domain_ram", "shared"])
                if entry["use"] not in allowed:
                    yield f"{domain['name']}: host {show(host)}, {mapping['type']}, reaches {entry['use']}"
                elif entry["use"] == "domain_ram" and entry["owner"] != domain["id"]:
                    yield f"{domain['name']}: host {show(host)} is RAM of {entry['owner']}"
            if mapping is interface:
                yield from self.guests_interface(domain, host)

    @staticmethod
    def interface(domain):
        return next((mapping for mapping in domain["mappings"] if domain["gic"]["version"] == 2
                     and mapping["guest"] == domain["gic"]["cpu_interface"]), None)

    def guests_interface(self, domain, host):
        gic, windows = self.machine.gic
        if not windows[3][0] <= host[0] < host[1] <= windows[3][1]:
            yield f"{domain['name']}: {show(host)} is not GICV {show(windows[3])}"
        for node, path, registers, present in self.machine.windows:
            is_device = node is not gic and present and not path.startswith(("/chosen", "/cpus", "/reserved-memory"))
            if is_device and "simple-bus" not in node.compatible() and \
                    any(window and window[0] < window[1] and overlap(pages(window), host) for window in registers):
                yield f"{domain['name']}: GICV {show(host)} is a page of {path}"

    def reservations(self):
        used = [entry for entry in self.plan["host_map"] if entry["use"] in ("domain_ram", "shared", "heap")]
        for window, entry in itertools.product(self.machine.reserved(), used):
            if overlap(window, entry["range"]):
                yield f"reserved memory {show(window)} is {entry['use']}"
        static = [[start, start + size] for start, size in self.machine.tree.reservations if size]
        for window, entry in itertools.product(static, used):
            if overlap(window, entry["range"]):
                if not entry["static"]:
                    yield f"/memreserve/ {show(window)} is {entry['use']}"
                elif not any(rule.endswith("-memreserve") for rule in self.warnings):
                    yield f"/memreserve/ {show(window)} is {entry['use']}, and nothing says so"

    def interrupts(self):
        users = {}
        for domain in self.plan["domains"]:
            for route in domain["interrupts"]:
                if (route["host_intid"] or 0) >= FIRST_SPI:
                    users.setdefault(route["host_intid"], []).append(domain["name"])
        for intid, names in users.items():
            if len(names) > 1:
                yield f"interrupt {intid} goes to {names}"

    def configuration(self, domain):
        node = self.machine.nodes.get(domain["path"])
        name = domain["name"]
        if any(vcpu["host_cpu"] >= len(self.plan["machine"]["cpus"]) for vcpu in domain["vcpus"]):
            yield f"{name}: a CPU that is not there"
        if node is None or domain["is_dom0"]:
            return
        if node.cells("cpus", None) != len(domain["vcpus"]):
            yield f"{name}: {len(domain['vcpus'])} vCPUs"
        if int.from_bytes(node.properties["memory"], "big") * 1024 != domain["memory_bytes"]:
            yield f"{name}: {domain['memory_bytes']} bytes of RAM"
        if ("vpl011" in node.properties) != any(device["kind"] == "uart" for device in domain["emulated_devices"]):
            yield f"{name}: its UART"
        for part, target in ("kernel", "kernel_window"), ("ramdisk", "ramdisk_target"):
            yield from self.image(domain, node, part, target)

    @staticmethod
    def image(domain, node, part, target):
        if part not in domain:
            return
        size = domain[part]["host"][1] - domain[part]["host"][0]
        address, count = node.cells("#address-cells", 2), node.cells("#size-cells", 1)
        starts = [number(child.properties.get("reg", b""), 0, address) for child in node.children]
        sizes = [number(child.properties.get("reg", b""), address, count) for child in node.children]
        if (domain[part]["host"][0], size) not in zip(starts, sizes):
            yield f"{domain['name']}: its {part} is at no module"
        if part == "ramdisk" and domain[target][1] - domain[target][0] != size:
            yield f"{domain['name']}: its {part} has another size"
