// `rom` in which every word is its own address, over and over: what is read says where.
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
    always_ff @(posedge clk) data <= WIDTH'({16{address}});
endmodule
