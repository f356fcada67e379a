// In place of a memory that the compiler fills: whatever it may hold.
module ese_rom #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2,
    parameter FILE = "",
    localparam int AW = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input  logic             clk,
    input  logic             read,
    input  logic [AW-1:0]    address,
    output logic [WIDTH-1:0] data
);
    wire [WIDTH-1:0] anything;   // without a driver: free in every cycle
    always_ff @(posedge clk) if (read) data <= anything;
endmodule
