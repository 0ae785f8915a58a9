# SPDX-License-Identifier: Apache-2.0
"""What Debian's Xen was built without: the trees that guests of upstream Xen have seen (tests/data/xen-guest-trees), and
those that guests see here from the same boot tree. Differences are those of docs/conformance.md."""
import subprocess
from dataclasses import dataclass

import hypervisors
import observed
from launch import Machine
from systems import cells, domain, region, system

RECORDED = hypervisors.ROOT / "tests/data/xen-guest-trees"
HOST, SIZE = 0x7000_0000, 0x1_0000
OWNER, BORROWER = 'role = "owner";', 'role = "borrower";'
DIRECT = f"direct-map; xen,static-mem = <{cells(0x6000_0000)} {cells(0x400_0000)}>;"


@dataclass(frozen=True)
class Recorded:
    name: str
    domains: tuple[str, ...]
    files: dict[str, str]  # guest to file
    machine: Machine = Machine(cpus=2)

    def tree(self) -> str:
        return system(*self.domains)

    def guests(self) -> list[str]:
        return [text.split()[0] for text in self.domains]


def shared(guest: int, role: str = "", host: int | None = HOST) -> list[str]:
    return [region("shm0", host, guest, SIZE, extra=f'isthmus,presentation = "xen"; {role}')]


def guest(name: str, regions=(), bootargs: str = "mode=dump last", **more) -> str:
    return domain(name, "facts", bootargs=bootargs, regions=regions, **more)


ALL = [
    Recorded("recorded-owner",
             (guest("a", shared(0x5000_0000, OWNER)), guest("b", shared(0x6000_0000, BORROWER))),
             {"a": "owner.dts", "b": "borrower.dts"}),
    Recorded("recorded-dom-io", (guest("a", shared(0x5000_0000)), guest("b", shared(0x5000_0000))),
             {"a": "dom-io-borrower.dts", "b": "event-channel.dts"}),
    Recorded("recorded-no-host",
             (guest("a", shared(0x5000_0000, host=None)), guest("b", shared(0x5000_0000, host=None))),
             {"a": "no-host-address.dts"}),
    Recorded("recorded-direct-map",
             (guest("a", shared(HOST), "mode=dump last uart=0x9000000", extra=DIRECT),
              guest("b", shared(0x5000_0000))),
             {"a": "direct-map-static-mem.dts"}),
    Recorded("recorded-gicv2", (guest("a", cpus=2),), {"a": "gicv2-two-vcpus.dts"}, Machine(cpus=2, gic=2)),
]


def facts(file: str) -> dict[str, str]:
    blob = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", str(RECORDED / file)], check=True,
                          capture_output=True).stdout
    return observed.tree_facts(blob)
