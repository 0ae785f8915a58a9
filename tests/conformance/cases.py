# SPDX-License-Identifier: Apache-2.0
"""The trees that both hypervisors boot. Each is written as other people's tools and tests write them; what Debian's Xen
was built without (static memory, static shared memory, pools) is left out of the tree that it gets, and out of that
alone: the guest is to see the same all the same."""
from collections.abc import Callable
from dataclasses import dataclass, field

import hypervisors
from launch import MIB, Machine
from systems import cells, domain, dom0, quoted, region, system

CELLS = "#address-cells = <2>; #size-cells = <2>;"
ARGUMENTS = f"xen,xen-bootargs = {quoted(hypervisors.ARGUMENTS)};"
ENHANCED = 'xen,enhanced = "enabled";'  # as configuration tools write it
# The last console= that has a driver is the one: Xen's for its Dom0, the emulated UART otherwise.
LINUX = "console=hvc0 console=ttyAMA0 quiet"
DOM0_LINUX = "console=ttyAMA0 console=hvc0 quiet facts.stay=1"

# A tree, as text of a .dts file. The argument: whether it is for a Xen that has all.
Tree = Callable[[bool], str]


@dataclass(frozen=True)
class Case:
    name: str
    guests: tuple[str, ...]
    tree: Tree
    machine: Machine = field(default_factory=Machine)
    refused: str = ""  # why Isthmus does not boot it yet
    slow: bool = False


def bare(name: str, **more) -> str:
    return domain(name, "facts", **more)


def linux(name: str, **more) -> str:
    return domain(name, "linux", ramdisk="ramdisk", memory_mib=256, bootargs=LINUX, **more)


def chosen(*parts: str, before: str = "", root: str = "") -> Tree:
    return lambda full: system(*parts, chosen=f"{CELLS} {ARGUMENTS} {before}", root=root)


def with_dom0(*parts: str, dom0_mem: str = "512M", bootargs: str = DOM0_LINUX) -> str:
    """Text of /chosen: Dom0 first."""
    arguments = f"xen,xen-bootargs = {quoted(f'{hypervisors.ARGUMENTS} dom0_mem={dom0_mem} dom0_max_vcpus=1')};"
    return system(arguments + dom0("linux", bootargs=bootargs, ramdisk="ramdisk"), *parts)


def simple() -> list[Case]:
    two = [linux("guest-a", cpus=2), bare("guest-b")]
    return [
        Case("bare-gicv3", ("guest-a",), chosen(bare("guest-a", cpus=2))),
        Case("bare-gicv2", ("guest-a",), chosen(bare("guest-a", cpus=2)), Machine(gic=2, cpu="cortex-a57")),
        Case("bare-a72", ("guest-a", "guest-b"), chosen(bare("guest-a"), bare("guest-b")), Machine(cpu="cortex-a72")),
        Case("linux-gicv3", ("guest-a", "guest-b"), chosen(*two), Machine(cpus=3, memory_mib=2048)),
        Case("linux-gicv2", ("guest-a", "guest-b"), chosen(*two),
             Machine(cpus=3, memory_mib=2048, gic=2, cpu="cortex-a57")),
        Case("dom0-alone", ("Dom0",), lambda full: with_dom0(), Machine(memory_mib=2048)),
        Case("dom0-gicv2", ("Dom0", "guest-a"), lambda full: with_dom0(bare("guest-a")),
             Machine(memory_mib=2048, gic=2, cpu="cortex-a57")),
    ]


def machines() -> list[Case]:
    """What the machine has more or less of must not be seen."""
    numa = ("-object", "memory-backend-ram,id=low,size=1G", "-object", "memory-backend-ram,id=high,size=1G",
            "-numa", "node,memdev=low", "-numa", "node,memdev=high")
    banks = (3 << 10) + 64  # MiB: 64 more than the guest's first bank holds
    return [
        Case("two-nodes-of-memory", ("guest-a",), chosen(linux("guest-a")), Machine(memory_mib=2048, extra=numa)),
        Case("sixteen-gib", ("guest-a", "guest-b"), chosen(bare("guest-a", memory_mib=banks), bare("guest-b")),
             Machine(memory_mib=16 << 10), slow=True),
        Case("affinity", ("guest-a", "guest-b"), chosen(
            bare("guest-a", cpus=2, extra='vcpu0 { compatible = "xen,vcpu"; id = <0>; hard-affinity = "2"; };'
                 'vcpu1 { compatible = "xen,vcpu"; id = <1>; hard-affinity = "0-1"; };'), bare("guest-b")),
             Machine(cpus=4)),
        Case("clock-frequency", ("guest-a",),
             chosen(bare("guest-a"), root="timer { clock-frequency = <62500000>; };")),
        Case("shared-memory", ("guest-a", "guest-b"), shared_memory),
        Case("spis", ("guest-a",), chosen(bare("guest-a", extra="nr_spis = <96>;"))),
    ]


def smoke(name: str, guest: str = "", *, more: str = "", others: tuple[str, ...] = (), gic: int = 3,
          enhanced: str = ENHANCED) -> Case:
    """Dom0 with a Linux, and a guest beside it, as the smoke tests of arm64 have them: on a Cortex-A57 with 2 GiB.
    `guest` and `more` (text of /chosen) are only for a hypervisor that has all."""
    def tree(full: bool) -> str:
        parts = [bare("domU0", memory_mib=256, extra=enhanced + (guest if full else "")), *others]
        return with_dom0(*parts) + (f"/ {{ chosen {{ {more} }}; }};" if full and more else "")

    guests = ("Dom0", "domU0", *(f"domU{number}" for number, _ in enumerate(others, 1)))
    return Case(name, guests, tree, Machine(memory_mib=2048, cpu="cortex-a57", gic=gic, cpus=1 + len(guests)))


def smokes(suffix: str, enhanced: str) -> list[Case]:
    """The six variants, in all of which tools write xen,enhanced."""
    static = f"xen,static-mem = <{cells(0x5000_0000)} {cells(256 * MIB)}>;"
    heap = f"xen,static-heap = <{cells(0x7000_0000)} {cells(1024 * MIB)}>;"  # all RAM of domains comes from it
    return [
        smoke(f"smoke-gicv2{suffix}", gic=2, enhanced=enhanced),
        smoke(f"smoke-gicv3{suffix}", enhanced=enhanced),
        smoke(f"smoke-static-mem{suffix}", static, enhanced=enhanced),
        smoke(f"smoke-static-heap{suffix}", more=heap, enhanced=enhanced),
        smoke_shared(suffix, enhanced),
        smoke_pools(suffix, enhanced),
    ]


def shared_memory(full: bool) -> str:
    shared = [region("shared", 0x7000_0000, 0x5000_0000, 0x20_0000)] if full else []
    return chosen(bare("guest-a", regions=shared), bare("guest-b", regions=shared))(full)


def smoke_shared(suffix: str, enhanced: str) -> Case:
    """256 MiB at guest 0x4000000: over windows that this guest has no use for."""
    def tree(full: bool) -> str:
        shared = [region("shared", 0x6000_0000, 0x400_0000, 0x1000_0000)] if full else []
        return with_dom0(bare("domU0", memory_mib=256, extra=enhanced, regions=shared),
                         bare("domU1", memory_mib=256, extra=enhanced, regions=shared))

    return Case(f"smoke-static-shared-mem{suffix}", ("Dom0", "domU0", "domU1"), tree,
                Machine(memory_mib=2048, cpu="cortex-a57", cpus=3))


def smoke_pools(suffix: str, enhanced: str) -> Case:
    """Every CPU is in a pool, Dom0 names none; the guest's pool names a scheduler."""
    def tree(full: bool) -> str:
        pools = ("""
            pool0: pool-a { compatible = "xen,cpupool"; cpupool-cpus = <&{/cpus/cpu@0}>; };
            pool1: pool-b { compatible = "xen,cpupool"; cpupool-cpus = <&{/cpus/cpu@1}>; cpupool-sched = "credit2"; };"""
                 if full else "")
        inside = enhanced + ("domain-cpupool = <&pool1>;" if full else "")
        return with_dom0(pools, bare("domU0", memory_mib=256, extra=inside))

    return Case(f"smoke-boot-cpupools{suffix}", ("Dom0", "domU0"), tree,
                Machine(memory_mib=2048, cpu="cortex-a57"))


def small_inputs() -> list[Case]:
    """Things that people's trees have in them."""
    three = [bare(f"guest-{letter}") for letter in "abc"]
    off = 'sve = <0>; capabilities = <0>; xen,sci_type = "none"; trap-unmapped-accesses = <1>;'

    def bare_modules(full: bool) -> str:
        modules = "".join(f'module@{number} {{ compatible = "multiboot,module";'
                          f" reg = <${{{name}.address}} ${{{name}.size}}>; }};"
                          for number, name in enumerate(("linux", "ramdisk")))
        arguments = quoted(f"{hypervisors.ARGUMENTS} dom0_mem=512M dom0_max_vcpus=1")
        return system(f"{CELLS} xen,xen-bootargs = {arguments}; xen,dom0-bootargs = {quoted(DOM0_LINUX)}; {modules}")

    return [
        Case("three-on-two", ("guest-a", "guest-b", "guest-c"), chosen(*three)),
        Case("values-that-say-off", ("guest-a",), chosen(bare("guest-a", extra=off))),
        Case("bare-modules", ("Dom0",), bare_modules, Machine(memory_mib=2048)),
        Case("scheduler-of-xen", ("guest-a",),
             lambda full: chosen(bare("guest-a"))(full).replace("bootscrub=0", "bootscrub=0 sched=credit2")),
        Case("enhanced-no-xenstore", ("guest-a",), chosen(bare("guest-a", extra='xen,enhanced = "no-xenstore";'))),
        Case("enhanced-disabled", ("guest-a",), chosen(bare("guest-a", extra='xen,enhanced = "disabled";'))),
    ]


ALL = [*simple(), *machines(), *smokes("", ENHANCED), *small_inputs()]
