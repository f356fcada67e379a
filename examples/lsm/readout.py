"""The trained part: a linear readout of how often each neuron of the reservoir has fired."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "Readout", "ends", "rates", "train"]

KINDS: Mapping[str, Sequence[float]] = {
    "ridge": (30.0, 100.0, 300.0, 1000.0),
    "logistic": (0.003, 0.01, 0.03, 0.1),
}
"""Kinds of regression, and the strengths tried: `alpha` of ridge, `C` of logistic regression."""

_FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """``weight @ rates + bias`` is largest for the class.

    Parameters
    ----------
    kind, strength
        How it was trained: see `KINDS`.
    validated
        Share of right answers in cross-validation on what it was trained on.
    weight, bias
        float64 (classes, features) and (classes,).
    """

    kind: str
    strength: float
    validated: float
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]

    def accuracy(self, features: NDArray[np.float64], label: NDArray[np.int64]) -> float:
        """Share of right answers."""
        return float((np.argmax(features @ self.weight.T + self.bias, axis=1) == label).mean())


def ends(steps: int, parts: int) -> list[int]:
    """After how many steps each part of a recording ends."""
    return [round(steps * (part + 1) / parts) for part in range(parts)]


def rates(spikes: NDArray[Any], parts: int = 1) -> NDArray[np.float64]:
    """Spikes of every neuron over the steps of a recording, (samples, cells).

    With `parts`, those of each part of the recording, over all of its steps, beside one another.
    """
    steps = spikes.shape[1]
    edges = [0, *ends(steps, parts)]
    counts = [spikes[:, start:stop].sum(axis=1, dtype=np.int64) for start, stop in pairwise(edges)]
    found: NDArray[np.float64] = np.concatenate(counts, axis=1) / steps
    return found


def train(features: NDArray[np.float64], label: NDArray[np.int64]) -> dict[str, Readout]:
    """A readout of each kind, its strength the one of `KINDS` that cross-validates best.

    ValueError unless there are three classes or more, numbered from 0, with enough samples each.
    """
    from sklearn.linear_model import LogisticRegression, RidgeClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classes, samples = np.unique(label, return_counts=True)
    if len(classes) < 3 or not np.array_equal(classes, np.arange(len(classes))):
        raise ValueError(f"classes are numbered from 0, three or more: not {classes.tolist()}")
    if samples.min() < _FOLDS:
        raise ValueError(f"{samples.min()} recordings of a class to train on, fewer than {_FOLDS}")
    makers = {
        "ridge": lambda alpha: RidgeClassifier(alpha=alpha),
        "logistic": lambda c: LogisticRegression(C=c, max_iter=500),
    }
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    found = {}
    with warnings.catch_warnings():
        # neurons that never fire make the normal equations singular before they are regularised
        warnings.simplefilter("ignore")
        for kind, strengths in KINDS.items():
            models = {s: make_pipeline(StandardScaler(), makers[kind](s)) for s in strengths}
            scores = {
                s: float(cross_val_score(model, features, label, cv=folds).mean())
                for s, model in models.items()
            }
            best = max(scores, key=lambda s: scores[s])
            fitted = models[best].fit(features, label)
            scaler, linear = fitted[0], fitted[1]
            weight = linear.coef_ / scaler.scale_
            bias = linear.intercept_ - weight @ scaler.mean_
            found[kind] = Readout(kind, best, scores[best], weight, bias)
    return found
