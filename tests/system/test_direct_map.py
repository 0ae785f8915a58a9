# SPDX-License-Identifier: Apache-2.0
"""Guests whose addresses are the machine's own: RAM, interrupt controller and UART."""
import initramfs
from steps import account, run_steps, stepper
from systems import cells, domain, region, system

MIB = 1 << 20
HOST, SIZE = 0x7000_0000, 0x1_0000


def direct(*ranges: tuple[int, int]) -> dict:
    """Properties for domain(): direct-mapped to these (address, size)."""
    listed = ", ".join(f"<{cells(start)} {cells(size)}>" for start, size in ranges)
    return {"extra": f"direct-map; xen,static-mem = {listed};",
            "memory_mib": sum(size for _, size in ranges) // MIB}


def test_ram_stands_where_the_machine_has_it(boot):
    """In two ranges, given in the other order, beside a guest with addresses of its own."""
    ranges = direct((0x6800_0000, 48 * MIB), (0x5800_0000, 16 * MIB))
    machine = boot(system(domain("direct", "hello", **ranges), domain("other", "hello")),
                   {"hello": "hello"}, cpus=2)
    assert machine.wait_end() == 0
    said = machine.guest("direct")
    assert "hello: memory 0x58000000-0x59000000" in said, said
    assert "hello: memory 0x68000000-0x6b000000" in said, said
    assert said[-1] == "hello: ok"
    assert "hello: memory 0x40000000-0x44000000" in machine.guest("other")


def test_interrupt_controller_and_uart_in_the_machines_place(boot):
    """The whole interrupt test, on the machine's own addresses, with two vCPUs."""
    machine = boot(system(domain("direct", "gictest", cpus=2, **direct((0x6000_0000, 64 * MIB)))),
                   {"gictest": "gictest"}, cpus=2)
    assert machine.wait_end() == 0
    assert machine.guest("direct")[-1] == "gictest: all ok", machine.guest("direct")[-5:]


def test_typed_input_reaches_it(boot):
    """The emulated UART raises the interrupt that the machine's has."""
    machine = boot(system(domain("direct", "echo", **direct((0x6000_0000, 64 * MIB)))),
                   {"echo": "echo"}, cpus=1)
    machine.wait("echo> ")
    machine.type("hello\r")
    machine.wait_guest("direct", 'echo: got "hello"')


def test_a_region_between_both_kinds(boot):
    writer = stepper("direct", [region("demo", HOST, HOST, SIZE)], "look:demo", "set:demo:1",
                     "await:demo:2", **direct((0x6000_0000, 64 * MIB)))
    reader = stepper("other", [region("demo", HOST, 0x5000_0000, SIZE)], "await:demo:1",
                     "set:demo:2")
    isthmus = run_steps(boot, writer, reader)
    assert "references expected 3, found 3" in account(isthmus, "demo")
    assert f"steps: demo is seen at {HOST:#x}, 64 KiB, from offset 0x0" in isthmus.guest("direct")


def test_linux(boot, tmp_path):
    """Two stock kernels, one of them direct-mapped in two ranges of RAM, pass a message."""
    def guest(role: str, place: int, **properties) -> str:
        return domain(f"linux-{role}", "kernel", ramdisk="ramdisk",
                      regions=[region("demo", HOST, place, SIZE)],
                      bootargs=f"console=ttyAMA0 isthmus.role={role} isthmus.region=demo",
                      **properties)

    tree = system(guest("a", HOST, **direct((0x7800_0000, 64 * MIB), (0x5000_0000, 192 * MIB))),
                  guest("b", 0x6000_0000, memory_mib=256))
    machine = boot(tree, {"kernel": initramfs.LINUX_6_1.image(),
                          "ramdisk": initramfs.make(tmp_path / "initramfs.cpio")})
    for name in ("linux-a", "linux-b"):
        machine.wait_guest(name, "demo: ok", timeout=150)
    assert machine.wait_end() == 0
    said = "\n".join(machine.guest("linux-a"))
    assert "[mem 0x0000000050000000-0x000000005bffffff]" in said
    assert "[mem 0x0000000078000000-0x000000007bffffff]" in said
    assert "0x9000000 (irq =" in said  # the UART's driver
    for trouble in ("Call trace", "BUG:", "Oops"):
        assert trouble not in said
