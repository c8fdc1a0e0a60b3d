#!/usr/bin/env python3
"""Kills runs with SIGKILL at random instants, goes on with them until they end, and compares every file that they leave with
those of a run that nobody killed. Python's standard library only.

    cargo build --release && tests/soak/soak.py --binary target/release/autolossgen

Each case is done once undisturbed and then again and again under fire, on other numbers of threads, until there were as many
kills as asked for. Exit 1 with the case and the file at the first difference.
"""

import argparse
import itertools
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

FILES = ["journal.jsonl", "candidates.json", "hall_of_fame.json", "test.json", "best.json"]

COMMON = [
    "search.checkpoint=0.05", "model.mf.dimension=16", "model.mlp.dimension=16", "stop.max_epochs=15",
    "halving.rung_epochs=3", "test.seeds=2",
    "test.candidates=4", "selection.epsilons=[0.1,0.001]", "test.tuned_learning_rates=[0.5,1.0]", "test.tuned_l2=[1e-5,1e-4]",
]
# A search that samples formulas and tries each for an epoch.
SAMPLED = ["controller.name=random", "search.reward=one-epoch", "search.warm_start=[]"]
# What a task of its own settings takes in place of COMMON.
RANKING = [
    "task=ranking", "model.dimension=16", "stop.max_epochs=15", "halving.rung_epochs=3", "test.rounds=1", "test.seeds=2",
    "test.n_negatives=[4,8]", 'test.baselines=["bpr","ssm"]', "search.max_nodes=4", "search.samples=32", "search.rungs=[1,3]",
    "search.population=8", "search.candidates=2", "selection.divisions=2",
]
CASES = {
    "run, one epoch, MF": ("run", [*SAMPLED, "search.samples=3000"]),
    "run, one epoch, MLP, random controller": (
        "run",
        [*SAMPLED, "model.name=mlp", "search.samples=400", "training.learning_rate=0.3"],
    ),
    "run, converged, evolution, folds": (
        "run",
        ["search.reward=converged", "search.samples=4000", "controller.name=evolution", "controller.inputs=extended",
         "search.folds=2", 'search.warm_start=["bce","mse"]', "test.protocol=fixed"],
    ),
    "search, regression, LSTM": ("search", [*SAMPLED, "controller.name=lstm", "task=regression", "search.samples=6000"]),
    # 149 losses, and evolution behind them.
    "run, complete": (
        "run",
        ["controller.max_nodes=7", "search.samples=400", 'search.warm_start=["bce","mse"]', "search.race_epochs=2",
         "search.learning_rates=[1.0,3.0]", "search.l2_coefficients=[2e-5]"],
    ),
    "run, ranking": ("run", RANKING),
}


def settings(overrides, seed):
    all_of_them = overrides if overrides is RANKING else [*COMMON, *overrides]
    return [part for setting in all_of_them for part in ("--set", setting)] + ["--seed", str(seed)]


def finish(arguments):
    """Runs to the end; the exit code must be that of a run that found something, or nothing."""
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"exit {done.returncode} of {' '.join(map(str, arguments))}:\n{done.stderr}")


def under_fire(begin, resume, folder, longest, rng):
    """Starts, kills, goes on, kills, …; the number of kills until the run came to its end. The time between two of them is at
    most `longest` seconds at first, and grows a little, so that the end comes."""
    kills = 0
    while True:
        has_begun = (folder / "journal.jsonl").exists() and b"\n" in (folder / "journal.jsonl").read_bytes()
        threads = ["--threads", str(rng.choice([1, 2, 3]))]
        process = subprocess.Popen(
            (resume if has_begun else begin) + threads, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        try:
            _, said = process.communicate(timeout=rng.uniform(0, longest * 1.05**kills))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            continue
        if process.returncode not in (0, 1):
            sys.exit(f"exit {process.returncode} after {kills} kills:\n{said}")
        return kills


def differences(expected, found):
    read = lambda folder, name: (folder / name).read_bytes() if (folder / name).exists() else None
    return [name for name in FILES if read(expected, name) != read(found, name)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the instants")
    parser.add_argument("--case", choices=CASES, help="this one alone")
    arguments = parser.parse_args()
    binary, rng = arguments.binary.resolve(), random.Random(arguments.seed)
    kills, rounds, started = 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        data = scratch / "ratings.tsv"
        finish([binary, "data", "synth", "--users", "150", "--items", "200", "--rows", "6000", "--out", data])
        cases = [(name, case) for name, case in CASES.items() if arguments.case in (None, name)]
        rounds_of_cases = ((seed, case) for seed in itertools.count(1) for case in cases)
        for seed, (name, (command, overrides)) in rounds_of_cases:
            expected, found = scratch / f"whole-{seed}-{command}", scratch / "killed"
            begin = [binary, command, "--data", data, *settings(overrides, seed), "--out"]
            before = time.monotonic()
            finish([*begin, expected, "--threads", "2"])
            seconds = time.monotonic() - before
            # Some ten kills or more in each round, the first of them as early as the start.
            n = under_fire([*begin, found], [binary, command, "--resume", found], found, max(0.3, seconds / 6), rng)
            differ = differences(expected, found)
            kills, rounds = kills + n, rounds + 1
            print(f"{name}, seed {seed}: {seconds:.1f} s undisturbed, {n} kills, differences: {differ or 0}", flush=True)
            if differ:
                shutil.copytree(scratch, "soak-difference")
                sys.exit(f"both runs are in soak-difference; {kills} kills so far")
            shutil.rmtree(expected), shutil.rmtree(found)
            if kills >= arguments.kills:
                break
    print(f"{kills} kills in {rounds} runs, {time.monotonic() - started:.0f} s; differences: 0")


if __name__ == "__main__":
    main()
