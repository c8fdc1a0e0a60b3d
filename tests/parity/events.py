"""Reads an event file with TensorBoard itself and holds it against the journal: `python events.py RUN DIR`."""

import json
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def expected(run):
    """Tag to {step: value}, from the journal."""
    found, sampled, accepted = {}, 0, 0
    for line in (pathlib.Path(run) / "journal.jsonl").read_text().splitlines():
        record = json.loads(line)["record"]
        if record["event"] == "sample":
            sampled += 1
            accepted += bool(record.get("accepted"))
        if record["event"] == "update":
            values = {key: record[key] for key in ("validation", "mean_reward", "baseline", "entropy", "grad_norm")}
            for key, value in {**values, "sampled": sampled, "accepted": accepted}.items():
                if value is not None and math.isfinite(value):
                    found.setdefault(f"search/{key}", {})[record["update"]] = value
    return found


def main():
    run, folder = sys.argv[1:]
    accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
    accumulator.Reload()
    truth = expected(run)
    assert sorted(accumulator.Tags()["scalars"]) == sorted(truth), (accumulator.Tags(), list(truth))
    points = 0
    for tag, values in truth.items():
        read = {event.step: event.value for event in accumulator.Scalars(tag)}
        assert read.keys() == values.keys(), tag
        for step, value in values.items():
            points += 1
            assert math.isclose(read[step], value, rel_tol=1e-6, abs_tol=1e-12), (tag, step, read[step], value)
    print(f"{len(truth)} scalars, {points} points: as in the journal")


main()
