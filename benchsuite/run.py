"""Whole programs, timed from outside: searches under two presets at one thread and two, and the training of one loss.

Prints a table and appends one row to history.tsv. Builds nothing unless --bench is there:

    cargo build --release
    python benchsuite/run.py                                        everything on ml-100k, seed 42
    python benchsuite/run.py --binary PATH --data DATA --samples 5000
    python benchsuite/run.py --bench                                with the epochs and floors of `cargo bench`

Where torch and scikit-learn can be imported, the recommenders of peer.py train beside ours. README.md says what the columns
mean. Needs Linux or macOS and the standard library.
"""

import argparse
import datetime
import importlib.util
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
SEED = 42
PRESETS = ("paper", "default")
# A search that samples formulas and tries each for an epoch, under both presets.
SAMPLED = "--set controller.name=random --set search.reward=one-epoch --set search.warm_start=[]".split()
THREADS = (1, 2)
# Epochs of a recommender: enough for a mean, few enough that `mlp` takes seconds.
EPOCHS = {"mf": 100, "mlp": 20}
SEARCH = {"sampled_per_s": "sampled/s", "trained_per_s": "trained/s", "peak_mib": "peak MiB"}
COLUMNS = [
    *("date_utc", "commit", "cpu", "cores", "data", "samples"),
    *(f"search_{preset}_{threads}t_{figure}" for preset in PRESETS for threads in THREADS for figure in SEARCH),
    *(f"eval_{model}_{figure}" for model in EPOCHS for figure in ("ms_per_epoch", "peak_mib")),
    *(f"peer_{model}_ms_per_epoch" for model in EPOCHS),
    *(f"bench_{model}_{what}_ms" for model in EPOCHS for what in ("floor", "epoch")),
]


def main():
    args = arguments()
    check(args)
    row = {**machine(), "data": args.data, "samples": args.samples}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        row |= searches(args, folder)
        row |= epochs(args)
        row |= peers(args, folder)
    row |= benches() if args.bench else {}
    print(table(row))
    record(args.history, row)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/autolossgen")
    parser.add_argument("--data", default="ml-100k", help="as the program takes it [default: ml-100k]")
    parser.add_argument("--samples", type=int, default=2000, help="formulas of each search [default: 2000]")
    parser.add_argument("--history", type=pathlib.Path, default=HERE / "history.tsv")
    parser.add_argument("--bench", action="store_true", help="also run `cargo bench` for epochs and floors at ML-100K's shape")
    return parser.parse_args()


def check(args):
    """Nothing is timed that could not be recorded for what it is."""
    if not args.binary.is_file():
        sys.exit(f"there is no {args.binary}: run `cargo build --release`, or name the program with --binary")
    sources = [path for kind in ("rs", "toml") for path in ROOT.glob(f"crates/**/*.{kind}") if "benches" not in path.parts]
    if any(path.stat().st_mtime > args.binary.stat().st_mtime for path in sources):
        sys.exit(f"{args.binary} is older than the sources: run `cargo build --release` first")
    if heading(args.history) not in ("", "\t".join(COLUMNS)):
        sys.exit(f"{args.history} has other columns: move it away, or give another --history")


def heading(history):
    return history.read_text().partition("\n")[0] if history.exists() else ""


def machine():
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")
    return {"date_utc": date, "commit": commit(), "cpu": cpu(), "cores": os.cpu_count()}


def commit():
    """The commit, with a + where tracked files differ from it."""
    head, changes = git("rev-parse", "--short=12", "HEAD"), git("status", "--porcelain", "--untracked-files=no")
    others = [line for line in changes.splitlines() if not line.endswith("benchsuite/history.tsv")]
    return head.strip() + ("+" if others else "")


def git(*words):
    return subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True, text=True).stdout


def cpu():
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def run(*words):
    """The JSON that a program printed, and its peak memory in MiB."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([str(word) for word in words], stdout=out, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), errors.seek(0)
        if child.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))}: exit code {child.returncode}\n{errors.read().decode()}")
        # Bytes on macOS, KiB elsewhere.
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return json.load(out), usage.ru_maxrss / unit


def searches(args, folder):
    """Each preset at each number of threads; the journals of one preset must be equal."""
    row = {}
    for preset in PRESETS:
        for threads in THREADS:
            say(f"search, preset {preset}, {threads} thread(s), {args.samples} samples")
            out = folder / f"{preset}-{threads}"
            flags = ["--data", args.data, "--preset", preset, "--samples", args.samples, "--out", out]
            flags += SAMPLED if preset == "default" else []
            found, peak = run(args.binary, "search", "--json", "--seed", SEED, "--threads", threads, *flags)
            trials = sum(found[outcome] for outcome in ("trained", "diverged", "saturated"))
            rates = found["sampled"] / found["seconds"], trials / found["seconds"]
            row |= {f"search_{preset}_{threads}t_{key}": value for key, value in zip(SEARCH, (*rates, peak))}
        if len({(folder / f"{preset}-{threads}/journal.jsonl").read_bytes() for threads in THREADS}) > 1:
            sys.exit(f"preset {preset}: the journals differ between {' and '.join(map(str, THREADS))} threads")
    return row


def epochs(args):
    """Mean time of an epoch of binary cross-entropy, its plan and its validation included; one thread."""
    row = {}
    for model, n_epochs in EPOCHS.items():
        say(f"eval, {model}, {n_epochs} epochs, 1 thread")
        limits = ["--set", f"stop.max_epochs={n_epochs}", "--set", "stop.min_epochs=0"]
        flags = ["--data", args.data, "--model", model, "--loss", "bce", "--preset", "reference", *limits]
        found, peak = run(args.binary, "eval", "--json", "--seed", SEED, "--threads", 1, *flags)
        (result,) = found["results"]
        row |= {f"eval_{model}_ms_per_epoch": 1000 * result["seconds"] / result["epochs"], f"eval_{model}_peak_mib": peak}
    return row


def peers(args, folder):
    """The fastest of the later epochs of peer.py, on the same training rows; one thread."""
    if not all(importlib.util.find_spec(module) for module in ("torch", "sklearn")):
        say("no torch and scikit-learn here: no peer")
        return {}
    if pathlib.Path(args.data).is_dir():
        say("the data are a folder, which `data split` does not take: no peer")
        return {}
    data, row = folder / "split", {}
    subprocess.run([args.binary, "data", "split", args.data, "--out", data], check=True, capture_output=True)
    for model in EPOCHS:
        say(f"peer, {model}, 4 epochs, 1 thread")
        command = [sys.executable, HERE / "peer.py", data, "--model", model, "--epochs", "4", "--threads", "1"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        times = [float(number) for number in re.findall(r"epoch \d+: (\d+) ms", printed)]
        row[f"peer_{model}_ms_per_epoch"] = min(times[1:])
    return row


def benches():
    """Floor and epoch as criterion's estimates.json of a run made now gives them, the mean of each."""
    say("cargo bench, floors and epochs of bce by SGD")
    command = ["cargo", "bench", "-p", "autolossgen-recsys", "--bench", "mf", "--bench", "mlp", "--"]
    started = time.time()
    subprocess.run([*command, "ml100k.*(floor|epoch_sgd_bce)"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    row = {}
    for described in criterion_folder().glob("*/*/new/benchmark.json"):
        if described.stat().st_mtime >= started:
            model, _, name = json.loads(described.read_text())["full_id"].split("/")
            mean = json.loads(described.with_name("estimates.json").read_text())["mean"]["point_estimate"]
            row[f"bench_{model}_{name.partition('_')[0]}_ms"] = mean / 1e6
    return row


def criterion_folder():
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    found = subprocess.run(metadata, cwd=ROOT, check=True, capture_output=True).stdout
    return pathlib.Path(json.loads(found)["target_directory"]) / "criterion"


def table(row):
    lines = ["{date_utc}, commit {commit}, {cpu}, {cores} cores, {data}, {samples} samples".format(**row), ""]
    lines.append(f"{'search':24}" + "".join(f"{heading:>12}" for heading in SEARCH.values()))
    for preset in PRESETS:
        for threads in THREADS:
            figures = (row[f"search_{preset}_{threads}t_{key}"] for key in SEARCH)
            lines.append(f"{f'{preset}, {threads} thread(s)':24}" + "".join(f"{shown(figure):>12}" for figure in figures))
    lines += ["", f"{'epoch, 1 thread':24}{'ours, ms':>12}{'peer, ms':>12}{'peer/ours':>12}{'peak MiB':>12}"]
    for model in EPOCHS:
        ours, peer = row[f"eval_{model}_ms_per_epoch"], row.get(f"peer_{model}_ms_per_epoch")
        figures = (ours, peer, peer and peer / ours, row[f"eval_{model}_peak_mib"])
        lines.append(f"{model:24}" + "".join(f"{shown(figure):>12}" for figure in figures))
    return "\n".join(lines + bench_table(row))


def bench_table(row):
    if "bench_mf_epoch_ms" not in row:
        return []
    lines = ["", f"{'cargo bench':24}{'epoch, ms':>12}{'floor, ms':>12}{'epoch/floor':>12}"]
    for model in EPOCHS:
        epoch, floor = row.get(f"bench_{model}_epoch_ms"), row.get(f"bench_{model}_floor_ms")
        figures = (epoch, floor, epoch and floor and epoch / floor)
        lines.append(f"{model:24}" + "".join(f"{shown(figure):>12}" for figure in figures))
    return lines


def shown(value):
    """Three significant digits; - where there is no figure."""
    if not isinstance(value, float):
        return "-" if value is None else str(value)
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def record(history, row):
    start = "" if heading(history) else "\t".join(COLUMNS) + "\n"
    with history.open("a") as file:
        file.write(start + "\t".join(shown(row.get(column)) for column in COLUMNS) + "\n")
    say(f"one row appended to {history}")


def say(message):
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
