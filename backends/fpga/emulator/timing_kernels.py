"""The recursion of `somac.backends.fpga.emulator.timing`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emulator.jit import compiled, part

__all__ = ["reckon"]

Integers = NDArray[np.int64]

# columns of the tables
ENGINE, UPDATES, FLIGHT, FIRST, BEYOND = range(5)
CLEAR, DRAIN, LONGEST = range(3)
SENDER, DELAY, SLOTS, WIDTH, WHOLE, LENGTHS = range(6)
WORDS = 3


@part
def _room(
    sender: int,
    step: int,
    readers: Integers,
    reader_first: Integers,
    links: Integers,
    outputs: Integers,
    link_done: Integers,
    output_done: Integers,
) -> int:
    """The first cycle in which all that read a sender have room for a step."""
    found = 0
    for at in range(reader_first[sender], reader_first[sender + 1]):
        reader = readers[at]
        if reader < len(links):
            before = step + links[reader, DELAY] - links[reader, SLOTS]
            if before >= 0:
                found = max(found, link_done[reader, before] + 1)
        else:
            output = reader - len(links)
            before = step + outputs[output, DELAY] - outputs[output, SLOTS]
            if before >= 0:
                found = max(found, output_done[output, before] + 1)
    return found


@part
def _scan(
    mask: Any,
    first: int,
    beyond: int,
    width: int,
    whole: bool,
    lengths: Integers,
    length_first: int,
    start: int,
    pipeline: Any,
) -> int:
    """Go through the words of a step from cycle `start` on: the cycle after the last.

    `pipeline` holds when the last event left each stage of its location, and when the last word
    of its row is issued.
    """
    offered = start
    located, left, issued = pipeline[0], pipeline[1], pipeline[2]
    word = 0
    for at in range(first, beyond, width):
        empty = True
        for cell in range(at, min(at + width, beyond)):
            if whole:
                if cell > at:
                    break
            elif mask[cell] == 0:
                continue
            empty = False
            length = lengths[length_first + (word if whole else cell - first)]
            taken = max(offered, located)
            located = max(taken + 1, left)
            if length:
                left = max(located + 1, issued)
                issued = left + length
            else:
                left = located + 1
            offered = taken + 1
        if empty:
            offered += 1
        word += 1
    pipeline[0], pipeline[1], pipeline[2] = located, left, issued
    return offered


@compiled
def reckon(
    masks: NDArray[np.uint8],
    input_words: Integers,
    order: Integers,
    sections: Integers,
    engines: Integers,
    links: Integers,
    lengths: Integers,
    outputs: Integers,
    readers: Integers,
    reader_first: Integers,
    cells: Integers,
    accepted: Integers,
    updates: Integers,
    output_at: Integers,
    waits: Integers,
    cycles: Integers,
) -> None:
    """Fill what is beside the masks (samples, steps, cells); see `Timing`."""
    samples, steps = masks.shape[:2]
    inputs = len(input_words)
    published = np.zeros((inputs + len(sections), steps), np.int64)
    link_done = np.zeros((len(links), steps), np.int64)
    output_done = np.zeros((len(outputs), steps), np.int64)
    pipeline = np.zeros(3, np.int64)
    for sample in range(samples):
        free = engines[:, CLEAR].copy()
        quiet = np.zeros(len(engines), np.int64)
        input_free = np.zeros(inputs, np.int64)
        output_free = np.zeros(len(outputs), np.int64)
        last = 0
        for step in range(steps):
            for i in range(inputs):
                room = _room(i, step, readers, reader_first, links, outputs, link_done, output_done)
                begin = max(input_free[i], room)
                accepted[i, sample, step] = begin
                input_free[i] = begin + input_words[i]
                published[i, step] = begin + input_words[i] - 1
            for section in order:
                engine = sections[section, ENGINE]
                now = free[engine]
                pipeline[:] = -1
                waited = 0
                for link in range(sections[section, FIRST], sections[section, BEYOND]):
                    delay = links[link, DELAY]
                    if step < delay:
                        link_done[link, step] = now
                        now += 1
                        continue
                    source = links[link, SENDER]
                    ready = max(now, published[source, step - delay] + 1)
                    waited += ready - now
                    now = _scan(
                        masks[sample, step - delay],
                        cells[source],
                        cells[source + 1],
                        links[link, WIDTH],
                        links[link, WHOLE] != 0,
                        lengths,
                        links[link, LENGTHS],
                        ready + 2,
                        pipeline,
                    )
                    link_done[link, step] = now - 1
                added = max(now, max(pipeline[1], pipeline[2]) + 1) + engines[engine, DRAIN]
                room = _room(
                    inputs + section,
                    step,
                    readers,
                    reader_first,
                    links,
                    outputs,
                    link_done,
                    output_done,
                )
                begin = max(added, max(quiet[engine], room)) + 1
                waits[section, sample, step, 0] = waited
                waits[section, sample, step, 1] = max(quiet[engine] - added, 0)
                waits[section, sample, step, 2] = max(room - max(added, quiet[engine]), 0)
                updates[section, sample, step] = begin
                final = begin + sections[section, UPDATES] - 1
                free[engine] = final + 1
                quiet[engine] = final + engines[engine, LONGEST] + 1
                published[inputs + section, step] = final + sections[section, FLIGHT]
                last = max(last, final + sections[section, FLIGHT])
            for o in range(len(outputs)):
                source = outputs[o, SENDER]
                ready = max(output_free[o], published[source, step] + 1)
                words = outputs[o, WORDS]
                output_at[o, sample, step] = ready + 2
                output_done[o, step] = ready + words
                output_free[o] = ready + words + 1
                last = max(last, ready + words + 1)
        cycles[sample] = last + 1
