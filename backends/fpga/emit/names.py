"""Identifiers of SystemVerilog, made from names of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["RESERVED", "identifiers", "said"]

_WORDS = """
accept_on alias always always_comb always_ff always_latch and assert assign assume automatic
before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle
checker class clk clocking cmos config const constraint context continue cover covergroup
coverpoint cross deassign default defparam design disable dist do edge else end endcase
endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface
endmodule endpackage endprimitive endprogram endproperty endsequence endspecify endtable
endtask enum event eventually expect export extends extern final first_match for force foreach
forever fork forkjoin function generate genvar global highz0 highz1 if iff ifnone ignore_bins
illegal_bins implements implies import incdir include initial inout input inside instance int
integer interconnect interface intersect join join_any join_none large let liblist library
local localparam logic longint macromodule matches medium modport module nand negedge nettype
new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package packed
parameter pmos posedge primitive priority program property protected pull0 pull1 pulldown
pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real
realtime ref reg reject_on release repeat restrict return rnmos rpmos rst rtran rtranif0
rtranif1 s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint
shortreal showcancelled signed small soft solve specify specparam static string strong strong0
strong1 struct super supply0 supply1 sync_accept_on sync_reject_on table tagged task this
throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg
type typedef union unique unique0 unsigned until until_with untyped use uwire var vectored
virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor
xor
"""

RESERVED = frozenset(_WORDS.split())
"""Words that are no name of a part: those of the language, and the clock and the reset."""

_LONGEST = 40


def identifiers(names: Iterable[str], taken: Iterable[str] = ()) -> Mapping[str, str]:
    """A different identifier for each name, the name itself where that is one.

    `taken` are identifiers that none may be, in any case of letters: files of two parts must
    differ on every computer.
    """
    used = {*RESERVED, *(t.lower() for t in taken)}
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in name[:_LONGEST])
        if not stem[:1].isalpha():
            stem = f"p_{stem}"
        if stem.lower() in RESERVED:
            stem = f"net_{stem}"
        number, choice = 1, stem
        while choice.lower() in used:
            number += 1
            choice = f"{stem}_{number}"
        used.add(choice.lower())
        found[name] = choice
    return found


def said(name: str) -> str:
    """A name as it may stand in a comment: it ends none, and is no order to a tool."""
    kept = "".join(c if c.isascii() and c.isprintable() and c != "\\" else "?" for c in name)
    return kept[:_LONGEST] + "..." * (len(kept) > _LONGEST)
