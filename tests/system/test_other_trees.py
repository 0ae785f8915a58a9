# SPDX-License-Identifier: Apache-2.0
"""Trees in the shapes that other people's tests and tools write, word for word what they say: Dom0 with what boots
beside it (static memory, a static heap, shared memory, pools of CPUs), and guests that nobody has given a CPU or a
UART. Dom0 is a guest of ours that talks by Xen's console calls and waits for a typed line."""
import pytest

from launch import MIB, cells
from systems import domain, dom0, region, system

GUESTS = {"dom0": "earlycon", "hello": "hello", "pair": "pair"}
ARGUMENTS = "dom0_mem=256M dom0_max_vcpus=1 bootscrub=0"
ENHANCED = 'xen,enhanced = "enabled";'
STATIC = f"xen,static-mem = <{cells(0x6000_0000)} {cells(64 * MIB)}>;"
HEAP = f"xen,static-heap = <{cells(0x6000_0000)} {cells(1024 * MIB)}>;"
POOLS = """
    pool_a: pool-a { compatible = "xen,cpupool"; cpupool-cpus = <&{/cpus/cpu@0}>; };
    pool_b: pool-b { compatible = "xen,cpupool"; cpupool-cpus = <&{/cpus/cpu@1}>; cpupool-sched = "credit2"; };
"""


def beside_dom0(*parts, chosen="", nodes=""):
    return system(dom0("dom0", bootargs="quiet"), nodes, *parts, chosen=chosen)


def end_by_dom0(machine):
    """Its end is the machine's. What is typed waits until it is read."""
    machine.type("farewell\r")
    assert machine.wait_end() == 0
    said = machine.guest("Dom0")
    assert said[-1] == "farewell was typed", said
    assert [line for line in said if line.endswith("FAILED")] == []


@pytest.mark.parametrize("gic, chosen, nodes, extra, warned", [
    (2, "", "", "", 1), (3, "", "", "", 1), (3, "", "", STATIC, 1), (3, HEAP, "", "", 1),
    (3, "", POOLS, "domain-cpupool = <&pool_b>;", 2)],
    ids=["gicv2", "gicv3", "static-mem", "static-heap", "boot-cpupools"])
def test_a_guest_beside_dom0(boot, gic, chosen, nodes, extra, warned):
    tree = beside_dom0(domain("domU0", "hello", extra=ENHANCED + extra), chosen=chosen, nodes=nodes)
    machine = boot(tree, GUESTS, gic=gic, cpu="cortex-a57", memory_mib=2048, args=ARGUMENTS)
    machine.wait(r"domU0\| hello: ok")
    end_by_dom0(machine)
    assert f"0 errors, {warned} warnings" in machine.text()


@pytest.mark.parametrize("gic", [2, 3])
def test_a_region_where_others_keep_windows(boot, gic):
    """256 MiB at guest 0x4000000: over the places of a PCI bus and of redistributors, which these guests have not."""
    shared = [region("wide", 0x6000_0000, 0x400_0000, 0x1000_0000)]
    tree = beside_dom0(*(domain(f"domU{n}", "pair", bootargs=f"role={'ab'[n]} id=wide", regions=shared, extra=ENHANCED)
                         for n in range(2)))
    machine = boot(tree, GUESTS, gic=gic, cpu="cortex-a57", cpus=3, memory_mib=2048, args=ARGUMENTS)
    machine.wait(r"domU[01]\| pair: ok[^$]*domU[01]\| pair: ok")
    end_by_dom0(machine)


def test_three_guests_on_two_cpus(boot):
    machine = boot(system(*(domain(name, "hello") for name in ("a", "b", "c"))), GUESTS)
    assert machine.wait_end() == 0
    assert all(machine.guest(name)[-1] == "hello: ok" for name in ("a", "b", "c"))
    assert "note[sched-turns] /chosen: not every vCPU finds one of 2 CPUs" in machine.text()


def test_a_console_by_calls_alone(boot):
    """No UART: what is written lands under the guest's name, what is typed can be read."""
    machine = boot(system(domain("quiet", "dom0", uart=False)), GUESTS)
    machine.wait(r"quiet\| earlycon: type a line")
    machine.type("hello\r")
    assert machine.wait_end() == 0
    said = machine.guest("quiet")
    assert said[0] == "earlycon: a line" and said[-1] == "hello was typed", said
    assert [line for line in said if line.endswith("FAILED")] == []


def test_modules_that_say_nothing_are_dom0s(boot):
    text = """
    module@0 { compatible = "multiboot,module"; reg = <${dom0.address} ${dom0.size}>; };
    module@1 { compatible = "multiboot,module"; reg = <${hello.address} ${hello.size}>; };
    """
    machine = boot(system(text, chosen=f'#address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "{ARGUMENTS}";'), GUESTS)
    machine.wait(r"Dom0\| earlycon: type a line")
    end_by_dom0(machine)
