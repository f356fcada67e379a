// value / 2^SHIFT, rounded, in RESULT bits of two's complement: the modes of `ap_fixed`.
module round #(
    parameter int WIDTH = 16,
    parameter int RESULT = 16,
    parameter int SHIFT = 0,
    parameter int MODE = 0     // 0 TRN, 1 RND, 2 RND_CONV, 3 TRN_ZERO
) (
    input  logic signed [WIDTH-1:0]  value,
    output logic signed [RESULT-1:0] result
);
    // more bits than the value has, so that nothing overflows before the shift
    localparam int WIDE = (WIDTH > SHIFT ? WIDTH : SHIFT) + 2;
    wire signed [WIDE-1:0] x = WIDE'(value);
    logic signed [WIDE-1:0] raised;
    if (SHIFT == 0 || MODE == 0) begin : down
        assign raised = x;
    end else if (MODE == 1) begin : nearest
        assign raised = x + (WIDE'(1) <<< (SHIFT - 1));
    end else if (MODE == 2) begin : even
        wire odd = x[SHIFT];
        assign raised = x + (WIDE'(1) <<< (SHIFT - 1)) - WIDE'(1) + {{(WIDE-1){1'b0}}, odd};
    end else begin : zero
        assign raised = x + (x[WIDE-1] ? (WIDE'(1) <<< SHIFT) - WIDE'(1) : '0);
    end
    assign result = RESULT'(raised >>> SHIFT);
endmodule
