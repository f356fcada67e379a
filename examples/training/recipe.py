"""The way from a network and a spike code to an example: train, write, check independently."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nir
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from examples.training.data import Digits, distort, split_digits
from examples.training.reference import RECORDING, compare, report
from examples.training.surrogate import Classifier

Encode = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
"""From images (samples, 8, 8) in 0..16 to spikes (samples, steps, channels)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train.

    Parameters
    ----------
    epochs, batch
        Passes over the training digits, each newly distorted, and samples per update.
    learning_rate
        Its highest value; it rises over the first tenth of the updates and falls to zero.
    weight_decay
        Of the weights; time constants, thresholds and biases have none.
    logit_per_spike
        What one output spike adds to the logarithm of a class's odds. The smaller, the more
        spikes the winner has to be ahead.
    distortion
        How far digits are moved, turned and scaled (`distort`).
    seed
        Of everything random.
    """

    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    logit_per_spike: float
    distortion: float = 1.0
    seed: int = 1


def make_example(
    folder: Path, build: Callable[[], Classifier], encode: Encode, settings: Settings
) -> None:
    """Train a network, write it and its test inputs into `folder`, and print the accuracy.

    With `--validate` on the command line, hold out a part of the training digits, print the
    accuracy on that, and write nothing.
    """
    parser = argparse.ArgumentParser(description=f"Train examples/{folder.name}.")
    parser.add_argument(
        "--validate",
        action="store_true",
        help="judge the settings on a part of the training digits; write nothing",
    )
    validate = parser.parse_args().validate
    training, held_out = split_digits(validate)
    graph = train(build, encode, training, settings).to_nir()
    inputs, labels = encode(held_out.images), held_out.labels
    if validate:
        print(compare(graph, inputs, labels))
    else:
        nir.write(folder / f"{folder.name}.nir", graph)
        np.savez_compressed(folder / RECORDING, x=inputs, label=labels)
        print(report(folder))


def train(
    build: Callable[[], Classifier], encode: Encode, digits: Digits, settings: Settings
) -> Classifier:
    """Return a network trained on the digits; the same every time on the same machine."""
    # sums are taken in another order with another number of threads
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(settings.seed)
    network = build()
    samples = len(digits.labels)
    labels = torch.from_numpy(digits.labels.astype(np.int64))
    optimiser, schedule = _optimiser(network, settings, -(-samples // settings.batch))
    for epoch in range(1, settings.epochs + 1):
        inputs = torch.from_numpy(encode(distort(digits.images, settings.distortion))).float()
        loss_sum = 0.0
        for chosen in torch.randperm(samples).split(settings.batch):
            logits = settings.logit_per_spike * network(inputs[chosen])
            loss = functional.cross_entropy(logits, labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            loss_sum += loss.item() * len(chosen)
        if epoch % 10 == 0 or epoch == settings.epochs:
            print(f"epoch {epoch:3d}: loss {loss_sum / samples:.3f}", flush=True)
    return network


def _optimiser(
    network: nn.Module, settings: Settings, updates: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    groups = [
        {
            "params": [p for p in network.parameters() if (p.ndim == 2) is weights],
            "weight_decay": settings.weight_decay if weights else 0.0,
        }
        for weights in (True, False)
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        settings.learning_rate,
        epochs=settings.epochs,
        steps_per_epoch=updates,
        pct_start=0.1,
    )
    return optimiser, schedule
