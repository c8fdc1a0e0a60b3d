"""What a formula means, a third time: value, first and second derivative with respect to the logit, forward mode.

Written from the documentation of the operators, beside the evaluator (Rust, single precision) and the generated code.
`dtype` says in which precision; the difference between two of them says how sensitive a formula is at a point.
"""

import numpy as np

LARGEST_EXPONENT = 88.0


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def step(x):
    return np.heaviside(x, x.dtype.type(0.5))


def function(name, x, eps):
    """f, f' and f'' at x."""
    one, sign, size = np.ones_like(x), np.sign(x), np.abs(x)
    if name == "neg":
        return -x, -one, 0 * x
    if name == "identity":
        return x, one, 0 * x
    if name == "square":
        return x * x, 2 * x, 2 * one
    if name == "abs":
        return size, sign, 0 * x
    if name == "relu":
        return np.maximum(x, 0), step(x), 0 * x
    if name == "log":
        shifted = size + eps
        return sign * np.log(shifted), np.abs(sign) / shifted, -sign / shifted**2
    if name == "reciprocal":
        inverse = 1 / (size + eps)
        return sign * inverse, -np.abs(sign) * inverse**2, 2 * sign * inverse**3
    if name == "sqrt":
        root = np.sqrt(np.where(x == 0, 1, size))
        inside = (x != 0).astype(x.dtype)
        return sign * np.sqrt(size), inside * x.dtype.type(0.5) / root, -x.dtype.type(0.25) * sign / root**3
    if name == "exp":
        e = np.exp(np.minimum(x, LARGEST_EXPONENT).astype(x.dtype))
        return e, e, e
    if name == "sigmoid":
        s = sigmoid(x)
        slope = s * sigmoid(-x)
        return s, slope, slope * (1 - 2 * s)
    if name == "tanh":
        # The evaluator's tanh is good to an absolute 3e-7, by this formula.
        t = np.tanh(x) if x.dtype == np.float64 else 2 * sigmoid(2 * x) - 1
        slope = 4 * sigmoid(2 * x) * sigmoid(-2 * x)
        return t, slope, -2 * t * slope
    raise ValueError(name)


def unary(name, x, eps):
    v, d, dd = x
    f, f1, f2 = function(name, v, eps)
    return f, f1 * d, f2 * d * d + f1 * dd


def binary(name, x, y):
    (a, da, dda), (b, db, ddb) = x, y
    if name == "add":
        return a + b, da + db, dda + ddb
    if name == "sub":
        return a - b, da - db, dda - ddb
    if name == "mul":
        return a * b, da * b + a * db, dda * b + 2 * da * db + a * ddb
    if name == "div":
        q = a / b
        dq = (da - q * db) / b
        return q, dq, (dda - 2 * dq * db - q * ddb) / b
    first, second = (a - b, b - a) if name == "max" else (b - a, a - b)
    pick = np.maximum if name == "max" else np.minimum
    return pick(a, b), step(first) * da + step(second) * db, step(first) * dda + step(second) * ddb


def clamped(x, bounds):
    if bounds is None:
        return x
    v, d, dd = x
    low, high = (v.dtype.type(bound) for bound in bounds)
    outside = (v < low) | (v > high)
    return np.clip(v, low, high), np.where(outside, 0, d).astype(v.dtype), np.where(outside, 0, dd).astype(v.dtype)


def evaluate(case, logit, label, dtype):
    """Value, first and second derivative at every logit; arrays of the shape of `logit`. The scale is left out."""
    h, y = logit.astype(dtype), np.full(logit.shape, label, dtype)
    zero, one, eps = np.zeros_like(h), np.ones_like(h), dtype(case["epsilon"])
    s = sigmoid(h).astype(dtype)
    slope = (s * sigmoid(-h)).astype(dtype)
    leaves = {
        "pred": (s, slope, slope * (1 - 2 * s)), "logit": (h, one, zero), "label": (y, zero, zero),
        "eps": (eps * one, zero, zero),
    }
    done = []
    with np.errstate(all="ignore"):
        for name, *rest in case["nodes"]:
            if name == "constant":
                done.append((dtype(rest[0]) * one, zero, zero))
            elif name in leaves:
                done.append(leaves[name])
            elif len(rest) == 1:
                done.append(clamped(unary(name, done[rest[0]], eps), case["clamp"]))
            else:
                done.append(clamped(binary(name, done[rest[0]], done[rest[1]]), case["clamp"]))
    return done[-1]
