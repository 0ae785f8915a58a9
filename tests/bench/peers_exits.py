# SPDX-License-Identifier: Apache-2.0
"""What exits cost on both hypervisors, in instructions: the same bare-metal guests, tests/guests/bench.cpp
and ringing.cpp, under QEMU's -icount."""
import bench
import launch
from peers_systems import ALL, Peer, figures, watch
from systems import domain, system

TITLES = {
    "hypercall-nothing": "hypercall that does nothing (HVC #0xEA1)",
    "smccc-unknown": "call of SMCCC that nobody knows",
    "psci-version": "PSCI_VERSION by HVC",
    "gicd-typer": "read of GICD_TYPER",
    "gicr-typer": "read of GICR_TYPER",
    "uart-flags": "read of the UART's flags",
    "uart-write": "write of a byte to the UART",
    "timer-spinning": "virtual timer, expiry to handler, spinning",
    "timer-wfi": "virtual timer, expiry to handler, in WFI",
    "sgi-to-self": "SGI to itself",
    "sgi-send": "SGI to another CPU: send",
    "sgi-one-way": "the same, to the handler",
    "sgi-round-trip": "the same, and back",
    "start": "start to first guest instruction, 64 MiB",
}
SEVERAL_CPUS = ("sgi-send", "sgi-one-way", "sgi-round-trip")


def measure(peer: Peer, one_cpu: bool) -> dict[str, int]:
    runs = [("bench", 1, domain("guest-a", "bench"))]
    if not one_cpu:
        runs.append(("ringing", 2, domain("guest-a", "ringing", cpus=2, bootargs="role=sgi")))
    found = {}
    for guest, cpus, text in runs:
        machine = launch.Machine(cpus=cpus, extra=bench.ICOUNT)
        tree = system(text, chosen=peer.chosen())
        found |= figures(watch(peer, machine, tree, {guest: launch.guest(guest)}, end="bench: done"))
    return found


def titles(one_cpu: bool) -> dict[str, str]:
    return {name: title for name, title in TITLES.items() if not one_cpu or name not in SEVERAL_CPUS}


def all_figures(one_cpu: bool, peers: tuple[Peer, ...] = ALL) -> dict[str, dict[str, int]]:
    found = {peer.name: measure(peer, one_cpu) for peer in peers}
    for name, counted in found.items():
        missing = [figure for figure in titles(one_cpu) if figure not in counted]
        if missing:
            raise bench.BenchError(f"{name}: no figure for {', '.join(missing)}")
    return found
