// `out` is `in` as it was CYCLES >= 2 cycles ago. A ring in a memory, which takes fewer cells than
// a shift register. Its place counts on from the start value that an FPGA loads; until the ring
// has gone around once, `out` means nothing.
module delay_line #(
    parameter int WIDTH  = 8,
    parameter int CYCLES = 8
) (
    input  logic             clk,
    input  logic [WIDTH-1:0] in,
    output logic [WIDTH-1:0] out
);

    localparam int DEPTH = CYCLES - 1;
    localparam int BITS  = DEPTH > 1 ? $clog2(DEPTH) : 1;

    logic [WIDTH-1:0] memory [0:DEPTH-1];
    logic [BITS-1:0]  place = '0;

    always_ff @(posedge clk) begin
        out           <= memory[place];
        memory[place] <= in;
        place         <= place == BITS'(DEPTH - 1) ? '0 : place + 1'b1;
    end

endmodule
