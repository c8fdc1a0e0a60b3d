#!/usr/bin/env python3
"""Holds the results of two binaries against each other, byte for byte. Python's standard library only.

    python3 tests/equivalence/equivalence.py OLD_BINARY NEW_BINARY --data FOLDER [--only NAME ...]

Each scenario runs with both binaries, each in an empty folder. Prints a table and exits with 1 on a difference.
"""

import argparse
import hashlib
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

# Settings that were renamed, new name -> old name. Scenarios have new names; a binary whose `config show` lacks one
# gets the old one.
RENAMED_SETTINGS = [
    (r"halving\.rung_epochs", "test.rung_epochs"),
    (r"halving\.reduction", "test.eta"),
    (r"stop\.(falling|patience|min_epochs|max_epochs)", r"test.\1"),
    (r"selection\.(metric|epsilons)", r"test.\1"),
    (r"model\.(?:mf|mlp)\.(\w+)", r"model.\1"),
]
# Keys of JSON outputs that were renamed, old name -> new name. While there are none, journals are compared as they are.
RENAMED_KEYS = {}

FILES = ["journal.jsonl", "candidates.json", "hall_of_fame.json", "test.json", "best.json"]
SEVEN = "bce,mse,hinge,focal,maxr,sumr,logmin"
# Phase III and the race of the converged reward, small.
SMALL = [
    "halving.rung_epochs=3", "stop.max_epochs=10", "test.seeds=2", "test.candidates=4", "test.screening=3",
    "test.tuned_learning_rates=[0.5,1.0]", "test.tuned_l2=[1e-5,3e-5]", "selection.epsilons=[0.1,1e-3,1e-6]",
    'test.baselines=["bce","focal","logmin"]',
]
# A search that samples formulas and tries each for an epoch.
SAMPLED = ["controller.name=random", "search.reward=one-epoch", "search.warm_start=[]"]
EVOLUTION = ["controller.name=evolution"]
CONVERGED = ["--reward", "converged", "--seed", "5"]
# Name -> (command and options, settings).
SCENARIOS = {
    "search-paper-1-thread": ("search --preset paper --samples 5000 --seed 7 --threads 1".split(), []),
    "search-paper-2-threads": ("search --preset paper --samples 5000 --seed 7 --threads 2".split(), []),
    "search-evolution": (["search", "--samples", "400", *CONVERGED, "--warm-start", SEVEN], EVOLUTION),
    "run-sampled": ("run --samples 5000 --seed 7".split(), [*SMALL, *SAMPLED]),
    "run-evolution": (["run", "--samples", "300", *CONVERGED, "--warm-start", SEVEN], [*SMALL, *EVOLUTION]),
    "run-folds": (["run", "--samples", "40", *CONVERGED, "--folds", "3"], [*SMALL, SAMPLED[0], SAMPLED[2]]),
    "run-mlp": (
        "run --model mlp --samples 300 --protocol fixed".split(),
        [*SMALL, *SAMPLED, "stop.max_epochs=3", "model.mlp.dimension=16", "training.learning_rate=0.3"],
    ),
    "run-regression": ("run --task regression --samples 2000 --seed 3".split(), [*SMALL, *SAMPLED]),
    "run-killed": ("run --samples 12000 --seed 11".split(), [*SMALL, *SAMPLED, "search.checkpoint=0.05"]),
    "eval-fixed": (["eval", "--loss", SEVEN, "--protocol", "fixed"], ["stop.max_epochs=20"]),
    "eval-tuned": (["eval", "--loss", SEVEN, "--protocol", "tuned"], SMALL),
}
# Seconds after which the new binary is killed, and killed again after it went on.
KILLS = {"run-killed": [0.7, 1.0, 1.5, 2.5, 4.0]}


class Binary:
    """A binary under its path, and the settings that it knows."""

    def __init__(self, path, more_settings=()):
        self.path, self.more_settings, self.known, section = path.resolve(), more_settings, set(), ""
        shown = subprocess.run([self.path, "config", "show"], capture_output=True, text=True, check=True).stdout
        for line in shown.splitlines():
            if header := re.match(r"\[([\w.]+)\]", line):
                section = header[1] + "."
            elif key := re.match(r"#? ?(\w+) = ", line):
                self.known.add(section + key[1])

    def setting(self, new):
        """`KEY=VALUE` under the name that this binary knows."""
        key, value = new.split("=", 1)
        for pattern, old in [] if key in self.known else RENAMED_SETTINGS:
            if re.fullmatch(pattern, key) and (translated := re.sub(pattern, old, key)) in self.known:
                return f"{translated}={value}"
        return new

    def arguments(self, scenario, data):
        options, settings = SCENARIOS[scenario]
        settings = [self.setting(setting) for setting in [*settings, *self.more_settings]]
        out = [] if options[0] == "eval" else ["--out", "run"]
        return [self.path, *options, "--data", data, "--json", *out, *(part for s in settings for part in ("--set", s))]

    def digests(self, scenario, data, kills=()):
        """Name of what came out -> its digest, and the number of kills. The folder of the run is `run` in a folder
        of its own, so that no path differs."""
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "run"
            begin, go_on = self.arguments(scenario, data), [self.path, "run", "--resume", "run", "--json"]
            n_kills, stdout = 0, None
            for seconds in [*kills, None]:
                resumes = (folder / "journal.jsonl").exists() and b"\n" in (folder / "journal.jsonl").read_bytes()
                stdout, code = attempt(go_on if resumes else begin, scratch, seconds)
                if stdout is not None:
                    break
                n_kills += 1
            found = {f"exit {code}": "", "stdout": digest(stdout)}
            found |= {name: digest((folder / name).read_bytes()) for name in FILES if (folder / name).exists()}
            return found, n_kills


def attempt(arguments, folder, seconds):
    """Output and exit code; neither if it ran longer than `seconds` and was killed."""
    process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return None, None
    if process.returncode not in (0, 1):
        sys.exit(f"exit {process.returncode} of {' '.join(map(str, arguments))}\n{stderr.decode()}")
    return stdout, process.returncode


def digest(content):
    """SHA-256 of the bytes; where something that is left out or renamed is in them, of the JSON without it."""
    if RENAMED_KEYS or b'"seconds"' in content or b'"event":"start"' in content:
        lines = content.splitlines() if content.startswith(b'{"seq"') else [content]
        # Numbers stay as they are written.
        values = [json.loads(line, parse_float="float {}".format, object_pairs_hook=normal) for line in lines]
        content = json.dumps(values).encode()
    return hashlib.sha256(content).hexdigest()


def normal(pairs):
    """An object without times and with new keys; a journal's line without the checksum too, which the record gives, and the
    start of a run without its settings, which earlier versions do not note."""
    drop = {"seconds", "crc"} if {"seq", "crc"} <= {key for key, _ in pairs} else {"seconds"}
    drop |= {"config"} if ("event", "start") in pairs else set()
    return {RENAMED_KEYS.get(key, key): value for key, value in pairs if key not in drop}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with train, validation and test")
    names = list(SCENARIOS)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument(
        "--new-set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the new binary alone"
    )
    parser.add_argument("--cache", type=pathlib.Path, help="keeps what the old binary gave, for the next time")
    options = parser.parse_args()
    old, new, data = Binary(options.old), Binary(options.new, options.new_set), options.data.resolve()
    cache = json.loads(options.cache.read_text()) if options.cache and options.cache.exists() else {}
    # A cache of another binary, or of another version of this script, counts for nothing.
    both = old.path.read_bytes() + pathlib.Path(__file__).read_bytes()
    old_digest, differences = hashlib.sha256(both).hexdigest(), 0
    print(f"{'scenario':24} {'old s':>6} {'new s':>6}  result")
    for scenario in options.only:
        key = " ".join(map(str, [old_digest, *old.arguments(scenario, data)[1:]]))
        started = time.monotonic()
        expected = cache.get(key) or old.digests(scenario, data)[0]
        between = time.monotonic()
        found, n_kills = new.digests(scenario, data, KILLS.get(scenario, ()))
        ended = time.monotonic()
        cache[key] = expected
        if options.cache:
            options.cache.write_text(json.dumps(cache, indent=1))
        differ = [name for name in expected | found if expected.get(name) != found.get(name)]
        differences += bool(differ)
        result = f"DIFFERENT: {', '.join(differ)}" if differ else f"same: {', '.join(found)}"
        result += f"; {n_kills} kills" if scenario in KILLS else ""
        print(f"{scenario:24} {between - started:6.1f} {ended - between:6.1f}  {result}", flush=True)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
