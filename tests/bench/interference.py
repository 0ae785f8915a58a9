#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
import argparse, json, pathlib, re, sys, tempfile, time
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import bench
import launch
from systems import domain, region, system
FIG = re.compile(r"interference: ([a-z0-9-]+) (\d+)")

def run(attack, place, ms=50, samples=1000, cpus=None, show=False):
    two = attack in ("psci","spin2") if cpus is None else cpus == 2
    shared = [region("meeting", 0x7000_0000, 0x5000_0000, 0x1000, extra="isthmus,doorbell;")]
    guests = [domain("victim", "interference", bootargs=f"role=victim cpu={place} ms={ms} samples={samples}" + (" alone=yes" if attack == "alone" else ""), regions=shared)]
    if attack != "alone":
        guests.append(domain("attacker", "interference", cpus=2 if two else 1, bootargs=f"role=attacker do={attack.rstrip(chr(50))}", regions=shared))
    machine = launch.Machine(cpus=(3 if two else 2) if place == "other" else 1, cpu="max,cntfrq=1000000000", extra=bench.ICOUNT)
    with tempfile.TemporaryDirectory(prefix="isthmus-") as folder:
        start = launch.Launch(machine, system(*guests), {"interference": launch.guest("interference")}, bench.QUIET + f" sched={'null' if place == 'other' else 'rr'}")
        t = time.time()
        out = bench.output_of(start.command(pathlib.Path(folder)))
    if show: print(out[-3000:])
    return {n: int(c) for n, c in FIG.findall(out)}, time.time() - t

if __name__ == "__main__":
    f, t = run(sys.argv[1], sys.argv[2], show=len(sys.argv) > 3)
    print(t, f)
