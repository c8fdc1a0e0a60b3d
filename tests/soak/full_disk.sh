#!/usr/bin/env bash
# A search on a disk that is full, and full again, until it is given room: it must come to the same journal as one that had room.
# Needs the right to mount a tmpfs.
#
#     cargo build --release && tests/soak/full_disk.sh target/release/autolossgen
set -euo pipefail
binary=$(realpath "$1")
scratch=$(mktemp -d)
trap 'umount "$scratch/disk" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"

search=("$binary" search --data ratings.tsv --samples 4000 --seed 3 --set search.checkpoint=0)
"$binary" data synth --users 150 --items 200 --rows 6000 --out ratings.tsv
"${search[@]}" --out whole

mkdir disk
mount -t tmpfs -o size=400k tmpfs disk
code=0
"${search[@]}" --out disk/run || code=$?
sizes=(600k 900k 16m)
for size in "${sizes[@]}"; do
    [ "$code" -eq 2 ] || { echo "exit $code where a full disk was due"; exit 1; }
    df -k disk | tail -n 1
    mount -o remount,size="$size" disk
    code=0
    "$binary" search --resume disk/run || code=$?
done
[ "$code" -eq 0 ] || { echo "exit $code with room again"; exit 1; }
sha256sum whole/journal.jsonl disk/run/journal.jsonl
for file in journal.jsonl candidates.json hall_of_fame.json; do
    cmp "whole/$file" "disk/run/$file"
done
echo "the same journal after ${#sizes[@]} times without room"
