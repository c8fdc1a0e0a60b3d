"""Writes streams.json: first values of the seeded streams, in Python's integers of any size.

FNV-1a names the stream, SplitMix64 fills its state, xoshiro256++ (Blackman and Vigna 2019) runs it; the draws are
written from their definitions.

Run as: python streams.py
"""

import json
import math
import pathlib

MASK = (1 << 64) - 1


def rotate(x, k):
    return (x << k | x >> 64 - k) & MASK


class Stream:
    def __init__(self, seed, purpose, number):
        state = 0xCBF29CE484222325
        for byte in seed.to_bytes(8, "little") + purpose.encode() + b"\xff" + number.to_bytes(8, "little"):
            state = (state ^ byte) * 0x100000001B3 & MASK
        self.s = []
        for _ in range(4):
            state = state + 0x9E3779B97F4A7C15 & MASK
            z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
            z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
            self.s.append(z ^ z >> 31)

    def next(self):
        s = self.s
        result = (rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def uniform(self):
        return (self.next() >> 11) / 2**53

    def below(self, n):
        """The high word of x·n, x drawn again while the low word is under 2⁶⁴ mod n."""
        while True:
            high, low = divmod(self.next() * n, 1 << 64)
            if low >= (1 << 64) % n:
                return high

    def shuffled(self, n):
        values = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.below(i + 1)
            values[i], values[j] = values[j], values[i]
        return values

    def normal(self):
        radius, angle = math.sqrt(-2 * math.log(1 - self.uniform())), 2 * math.pi * self.uniform()
        return radius * math.cos(angle)

    def categorical(self, weights):
        at, index = self.uniform() * sum(weights), 0
        while at >= weights[index]:
            at -= weights[index]
            index += 1
        return index


NAMES = [(0, "", 0), (42, "epoch", 1), (42, "epoch", 2), (2**64 - 1, "modèle", 2**63)]
RANGES = [1, 2, 10, 943, 2**32 + 1, 2**63 + 1]
WEIGHTS = [0.5, 0.0, 2.0, 1.5]


def first(draw, n=8):
    stream = Stream(42, "known answers", 3)
    return [draw(stream) for _ in range(n)]


if __name__ == "__main__":
    golden = {
        "streams": [
            {"seed": str(seed), "purpose": purpose, "number": str(number), "words": [str(s.next()) for _ in range(4)]}
            for seed, purpose, number in NAMES
            for s in [Stream(seed, purpose, number)]
        ],
        "uniform": first(Stream.uniform),
        "below": [{"n": str(n), "values": [str(x) for x in first(lambda s: s.below(n))]} for n in RANGES],
        "shuffle": [first(lambda s: s.shuffled(n), 2) for n in (1, 2, 13)],
        "normal": first(Stream.normal),
        "weights": WEIGHTS,
        "categorical": first(lambda s: s.categorical(WEIGHTS), 24),
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
