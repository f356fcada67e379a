// Memory that is only read: the word at `address`, a cycle later.
module rom #(
    parameter int DEPTH = 2,
    parameter int WIDTH = 8,
    parameter FILE = "",
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  logic             clk,
    input  logic [AW-1:0]    address,
    output logic [WIDTH-1:0] data
);
    logic [WIDTH-1:0] memory [0:DEPTH-1];
    initial $readmemh(FILE, memory);
    always_ff @(posedge clk) data <= memory[address];
endmodule
