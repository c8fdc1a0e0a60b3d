"""Peak memory on a large table: generates it, counts it, trains one loss on it.

    cargo build --release
    python benchsuite/load.py                       20,000,000 rows of 138,000 users and 27,000 items
    python benchsuite/load.py --rows 1000000 --users 10000 --items 5000
    python benchsuite/load.py --binary PATH         a program that lies elsewhere

Prints a table: seconds, peak resident memory, and bytes a row, of each command. Needs Linux or macOS and the standard library.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
EVAL = "eval --loss bce --protocol fixed --set stop.max_epochs=1 --threads 2"


def main():
    args = arguments()
    print("| command | s | peak MiB | bytes a row |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        file = pathlib.Path(folder) / "large.tsv"
        shape = f"--rows {args.rows} --users {args.users} --items {args.items}"
        measure(args, f"data synth {shape} --out {file}")
        print(f"| (the file) | | {file.stat().st_size / 2**20:.0f} | {file.stat().st_size / args.rows:.0f} |")
        for command in (f"data info {file}", f"{EVAL} --data {file} --set model.mf.dimension={args.dimension}"):
            measure(args, command)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/autolossgen")
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--users", type=int, default=138_000)
    parser.add_argument("--items", type=int, default=27_000)
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--folder", type=pathlib.Path, help="where the table is written for the time being")
    return parser.parse_args()


def measure(args, command):
    """Runs the command and prints its row; a command that fails ends the script."""
    started = time.monotonic()
    child = subprocess.Popen([args.binary, *command.split()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command}: {said.decode().strip()}")
    # Bytes on macOS, kibibytes on Linux.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    name = " ".join(command.split()[:2])
    print(f"| `{name}` | {seconds:.0f} | {peak / 2**20:.0f} | {peak / args.rows:.0f} |", flush=True)


if __name__ == "__main__":
    main()
