"""hls4ml's C simulation of a recurrent network with dense layers. Runs in a peer's Python.

    python hls4ml_layers.py MODEL.npz FOLDER

MODEL.npz holds the weights in the layout of Keras, inputs `x`, and `model`, a JSON text; FOLDER
takes the C++, and `y.npy`: what the last layer sends. Prints CPU seconds: of compiling, and of
one run.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import hls4ml
import keras
import numpy as np


def build(model, weights):
    layers = [keras.Input((model["steps"], model["channels"]))]
    recurrent = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[model["kind"]]
    layers.append(recurrent(model["units"], name="rnn"))
    for name, units, activation in model["dense"]:
        layers.append(keras.layers.Dense(units, activation=activation, name=name))
    made = keras.Sequential(layers)
    for layer in made.layers:
        names = ("kernel", "recurrent", "bias") if layer.name == "rnn" else ("kernel", "bias")
        layer.set_weights([weights[f"{layer.name}_{name}"] for name in names])
    return made


def precision(model, entry):
    """Every format said, so that none is chosen by itself; tables keep theirs."""
    if not isinstance(entry, dict):
        return model["result"]
    return {
        name: value
        if name.startswith("table")
        else model["accum"]
        if name.startswith("accum")
        else model["weight"]
        if "weight" in name or "bias" in name
        else model["result"]
        for name, value in entry.items()
    }


def convert(model, made, folder):
    config = hls4ml.utils.config_from_keras_model(
        made, granularity="name", default_precision=model["result"], backend="Vitis"
    )
    config["Model"]["Strategy"] = "Latency"
    for name, entry in config["LayerName"].items():
        entry["Strategy"] = "Latency"
        entry["Precision"] = precision(model, entry.get("Precision"))
        if name == "rnn":
            entry["static"] = model["static"]
    return hls4ml.converters.convert_from_keras_model(
        made, hls_config=config, output_dir=folder, backend="Vitis", io_type="io_parallel"
    )


def main(arrays, folder):
    with np.load(arrays) as file:
        weights = dict(file)
    model = json.loads(str(weights.pop("model")))
    x = weights.pop("x").astype(np.float32)
    converted = convert(model, build(model, weights), folder)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    converted.compile()
    compiled = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    converted.predict(x[:1])
    before = time.process_time()
    y = converted.predict(x)
    seconds = time.process_time() - before
    np.save(Path(folder) / "y.npy", np.asarray(y, np.float64).reshape(len(x), -1))
    print(json.dumps({"compile": compiled, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
