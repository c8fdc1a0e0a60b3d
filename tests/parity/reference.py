"""What a formula means, a third time: value, first and second derivative with respect to the logit, forward mode.

Written from the documentation of the operators, beside the evaluator (Rust, single precision) and the generated code.
`dtype` says in which precision; the difference between two of them says how sensitive a formula is at a point.
"""

import numpy as np

LARGEST_EXPONENT = 88.0


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def sign_of(x, slope, side):
    """The sign of x; at 0 that of the neighbourhood on one side (-1 or 1) of the logit, or 0 for neither (0)."""
    return np.where(x == 0, side * np.sign(slope), np.sign(x)).astype(x.dtype)


def step(sign):
    return (1 + sign) / 2


def function(name, x, sign, eps):
    """f, f' and f'' at x, whose sign is given."""
    one, size = np.ones_like(x), np.abs(x)
    if name == "neg":
        return -x, -one, 0 * x
    if name == "identity":
        return x, one, 0 * x
    if name == "square":
        return x * x, 2 * x, 2 * one
    if name == "abs":
        return size, sign, 0 * x
    if name == "relu":
        return np.maximum(x, 0), step(sign), 0 * x
    if name == "log":
        shifted = size + eps
        return sign * np.log(shifted), np.abs(sign) / shifted, -sign / shifted**2
    if name == "reciprocal":
        inverse = 1 / (size + eps)
        return sign * inverse, -np.abs(sign) * inverse**2, 2 * sign * inverse**3
    if name == "sqrt":
        root = np.sqrt(np.where((x == 0) & (sign == 0), 1, size))
        inside = (sign != 0).astype(x.dtype)
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
        t = 2 * sigmoid(2 * x) - 1 if x.dtype == np.float32 else np.tanh(x)
        slope = 4 * sigmoid(2 * x) * sigmoid(-2 * x)
        return t, slope, -2 * t * slope
    raise ValueError(name)


def unary(name, x, eps, side):
    v, d, dd = x
    f, f1, f2 = function(name, v, sign_of(v, d, side), eps)
    return f, f1 * d, f2 * d * d + f1 * dd


def binary(name, x, y, side):
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
    larger = sign_of(a - b, da - db, side)
    first = step(larger if name == "max" else -larger)
    pick = np.maximum if name == "max" else np.minimum
    return pick(a, b), first * da + (1 - first) * db, first * dda + (1 - first) * ddb


def clamped(x, bounds):
    if bounds is None:
        return x
    v, d, dd = x
    low, high = (v.dtype.type(bound) for bound in bounds)
    outside = (v < low) | (v > high)
    return np.clip(v, low, high), np.where(outside, 0, d).astype(v.dtype), np.where(outside, 0, dd).astype(v.dtype)


def evaluate(case, logit, label, dtype, side=0):
    """Value, first and second derivative at every logit and label; arrays of their shape. The scale is left out.

    With `side` of -1 or 1 the derivatives at a kink are those of that side.
    """
    h, y = logit.astype(dtype), label.astype(dtype)
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
                done.append(clamped(unary(name, done[rest[0]], eps, side), case["clamp"]))
            else:
                done.append(clamped(binary(name, done[rest[0]], done[rest[1]], side), case["clamp"]))
    return done[-1]
