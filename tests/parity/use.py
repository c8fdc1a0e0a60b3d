"""Uses exported code as each library wants it: `jax.jit`, `model.compile`, `lightgbm.train`, `xgboost.train`, a RecBole model.

    python tests/parity/use.py crates/formula/tests/export maxr MaxrLoss

Each trains on planted data, where the AUC must come out well above 1/2. Needs jax, keras with tensorflow, lightgbm,
xgboost and scikit-learn.
"""

import importlib.util
import os
import pathlib
import sys

import numpy as np
from sklearn.metrics import roc_auc_score

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
FOLDER, NAME, CLASS = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
N, D = 4000, 8


def load(target):
    spec = importlib.util.spec_from_file_location(target, FOLDER / f"{NAME}_{target}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, D)).astype(np.float32)
    logit = x @ rng.normal(size=D)
    return x, (rng.random(N) < 1 / (1 + np.exp(-logit))).astype(np.float32)


def jax(x, y):
    import jax

    loss = getattr(load("jax"), NAME)
    step = jax.jit(jax.grad(lambda w: loss(x @ w, y)))
    w = jax.numpy.zeros(D)
    for _ in range(200):
        gradient = step(w)
        w -= 0.1 * gradient / (jax.numpy.linalg.norm(gradient) + 1e-12)
    return x @ np.asarray(w)


def tensorflow(x, y):
    import keras

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=getattr(load("tensorflow"), CLASS)())
    model.fit(x, y[:, None], epochs=5, batch_size=64, verbose=0)
    return model.predict(x, verbose=0)[:, 0]


def lightgbm(x, y):
    import lightgbm

    objective = getattr(load("lightgbm"), NAME)
    parameters = {"objective": objective, "verbose": -1, "learning_rate": 0.05, "num_threads": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(x, y), 50).predict(x)


def xgboost(x, y):
    import xgboost

    rows = xgboost.DMatrix(x, y)
    parameters = {"base_score": 0.0, "eta": 0.05, "nthread": 1}
    return xgboost.train(parameters, rows, 50, obj=getattr(load("xgboost"), NAME)).predict(rows)


def main():
    x, y = data()
    failed = False
    for train in (jax, tensorflow, lightgbm, xgboost):
        score = roc_auc_score(y, train(x, y))
        print(f"{train.__name__:10} AUC {score:.3f}")
        failed |= score < 0.7
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
