"""What could be known of a simulated clip before its errors are drawn, as a yardstick for the confidence."""

from collections.abc import Sequence

import numpy as np
from confidence_rows import Row
from scipy.optimize import minimize

from share_data.camera import Floats

FOLDS = 10
RIDGES = (1.0, 3.0, 10.0, 30.0)


def oracle(known: tuple[Sequence[Row], Floats]) -> Floats:
    """(N,) probability that each clip lies within the bounds, from a model fitted on the other nine tenths.

    known: the rows, with `about` (all that is known of a clip but its draw), and their labels. The ridge is the one
    that ranks best: the oracle is given the benefit of the doubt.
    """
    rows, labels = known
    numbers = np.array([[float(v) for k, v in sorted(row["about"].items()) if k not in ("fault",)] for row in rows])
    spread = numbers.std(axis=0)
    numbers = (numbers - numbers.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    first, second = np.triu_indices(numbers.shape[1])
    design = np.concatenate([numbers, numbers[:, first] * numbers[:, second] / 3], axis=1)
    folds = np.arange(len(labels)) % FOLDS
    candidates = []
    for ridge in RIDGES:
        found = np.zeros(len(labels))
        for fold in range(FOLDS):
            x = _fit(design[folds != fold], labels[folds != fold], ridge)
            found[folds == fold] = 1 / (1 + np.exp(-(x[0] + design[folds == fold] @ x[1:])))
        loss = -np.log(np.clip(np.where(labels > 0.5, found, 1 - found), 1e-6, 1)).mean()
        candidates.append((loss, found))
    return min(candidates, key=lambda each: each[0])[1]


def _fit(design: Floats, labels: Floats, ridge: float) -> Floats:
    def loss(x: Floats) -> tuple[float, Floats]:
        logit = x[0] + design @ x[1:]
        value = (np.logaddexp(0, logit) - labels * logit).sum() + ridge / 2 * (x[1:] ** 2).sum()
        slope = 1 / (1 + np.exp(-np.clip(logit, -50, 50))) - labels
        return float(value), np.concatenate([[slope.sum()], design.T @ slope + ridge * x[1:]])

    return np.asarray(minimize(loss, np.zeros(design.shape[1] + 1), jac=True, method="L-BFGS-B").x)
