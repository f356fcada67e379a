"""Machine code that turns signals into pulses: what products read, a digit after the other."""

from __future__ import annotations

from somac.backends.crossbar.emulator.products.paths import PULSE_BITS, Path
from somac.backends.crossbar.emulator.products.text import Text

__all__ = ["FUNCTION", "pulse_text"]

FUNCTION = "pulses"
"""``void pulses(int64_t *arguments)``, of `ARGUMENTS`."""

ARGUMENTS = (
    # int64 (samples, rows); digits (samples, firings, digits, stride), zero beyond the rows;
    # int64 (samples, firings)
    *("signals", "digits", "corrections"),
    *("samples", "rows", "stride", "count", "phases", "bits", "parts"),
    # 1 if negative signals are negative pulses; what the sum of the pulses of a firing counts
    *("bipolar", "offset"),
)


def pulse_text(path: Path) -> str:
    """The module."""
    text = Text()
    given = {
        name: text.load("i64", text.element("%arguments", "i64", str(n)), 8)
        for n, name in enumerate(ARGUMENTS)
    }
    signals, digits, corrections = (
        text.new(f"inttoptr i64 {given[name]} to ptr") for name in ARGUMENTS[:3]
    )
    bipolar = text.new(f"icmp ne i64 {given['bipolar']}, 0")
    raised = text.new(f"shl i64 1, {given['bits']}")
    most = text.new(f"sub i64 {raised}, 1")
    firings = text.arithmetic("mul", given["phases"], given["count"])
    with text.loop(given["samples"]) as sample:
        first = text.arithmetic("mul", sample.index, given["rows"])
        row_of = text.element(signals, "i64", first)
        with text.loop(given["phases"]) as phase, text.loop(given["count"]) as pulse:
            turned = text.new(f"icmp ne i64 {phase.index}, 0")
            before = text.arithmetic("mul", phase.index, given["count"])
            firing = text.arithmetic("add", before, pulse.index)
            each = text.arithmetic("mul", sample.index, firings)
            number = text.arithmetic("add", each, firing)
            lowest = text.arithmetic("mul", pulse.index, given["bits"])
            with text.loop(given["parts"], [("i64", "0")]) as part:
                above = text.arithmetic("mul", part.index, str(PULSE_BITS))
                shift = text.arithmetic("add", lowest, above)
                left = text.new(f"lshr i64 {most}, {above}")
                mask = text.new(f"and i64 {left}, {(1 << PULSE_BITS) - 1}")
                whole = text.arithmetic("mul", number, given["parts"])
                whole = text.arithmetic("add", whole, part.index)
                whole = text.arithmetic("mul", whole, given["stride"])
                to = text.element(digits, f"i{path.bits}", whole)
                with text.loop(given["rows"], [("i64", "0")]) as row:
                    value = text.load("i64", text.element(row_of, "i64", row.index), 8)
                    minus = text.new(f"sub i64 0, {value}")
                    value = text.new(f"select i1 {turned}, i64 {minus}, i64 {value}")
                    digit = _digit(text, value, bipolar, shift, mask)
                    total = text.arithmetic("add", row.values[0], digit)
                    narrow = text.new(f"trunc i64 {digit} to i{path.bits}")
                    place = text.element(to, f"i{path.bits}", row.index)
                    text.store(f"i{path.bits}", narrow, place, path.bits // 8)
                    row.next.append(total)
                weight = text.new(f"shl i64 {row.values[0]}, {above}")
                part.next.append(text.arithmetic("add", part.values[0], weight))
            correction = text.arithmetic("mul", part.values[0], given["offset"])
            text.store("i64", correction, text.element(corrections, "i64", number), 8)
    head = f"define void @{FUNCTION}(ptr noalias %arguments) "
    return "\n".join([f'{head}"prefer-vector-width"="512" {{', *text.lines, "  ret void", "}", ""])


def _digit(text: Text, value: str, bipolar: str, shift: str, mask: str) -> str:
    """Bits of the magnitude of a signal, with its sign; 0 of a negative one without pulses."""
    negative = text.new(f"icmp slt i64 {value}, 0")
    minus = text.new(f"sub i64 0, {value}")
    opposite = text.new(f"select i1 {bipolar}, i64 {minus}, i64 0")
    magnitude = text.new(f"select i1 {negative}, i64 {opposite}, i64 {value}")
    digit = text.new(f"lshr i64 {magnitude}, {shift}")
    digit = text.new(f"and i64 {digit}, {mask}")
    minus = text.new(f"sub i64 0, {digit}")
    return text.new(f"select i1 {negative}, i64 {minus}, i64 {digit}")
