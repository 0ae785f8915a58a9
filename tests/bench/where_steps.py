# SPDX-License-Identifier: Apache-2.0
"""Runs in gdb, on QEMU's stub: the program counters of one exit of a guest, from its entry into the
hypervisor to its return, written to a file. The environment says which exit (where.py)."""
import json
import os
import pathlib

import gdb

WANTED = json.loads(os.environ["WHERE"])
HVC64, DATA_ABORT = 0x16, 0x24  # ESR_EL2.EC
EL2 = 8                         # PSTATE.M from here on


def register(name):
    return int(gdb.parse_and_eval(f"${name}")) & (1 << 64) - 1


def is_wanted():
    syndrome = register("ESR_EL2")
    if "address" in WANTED:
        return (syndrome >> 26 == DATA_ABORT and register("FAR_EL2") == WANTED["address"] and
                bool(syndrome & 1 << 6) == WANTED["write"])
    return (syndrome >> 26 == HVC64 and syndrome & 0xffff == WANTED["immediate"] and
            register(WANTED["register"]) & 0xffff_ffff == WANTED["number"])


def main():
    gdb.execute("set pagination off")
    gdb.execute(f"target remote 127.0.0.1:{WANTED['port']}")
    gdb.execute(f"hbreak *{WANTED['vector']}")
    # Not the first one: what is done once only is no part of the figure.
    for _ in range(WANTED["skip"] + 1):
        gdb.execute("continue", to_string=True)
        while not is_wanted():
            gdb.execute("continue", to_string=True)
    gdb.execute("delete")
    steps = []
    while register("cpsr") & 0xf >= EL2:
        steps.append(f"{register('pc'):#x}")
        gdb.execute("stepi", to_string=True)
    pathlib.Path(WANTED["out"]).write_text("\n".join(steps))
    gdb.execute("kill")


main()
