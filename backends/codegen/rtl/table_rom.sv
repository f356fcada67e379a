// A table: entry `address` is at `data` one cycle later. Entries are two's complement, one a line
// of FILE in hexadecimal.
module table_rom #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2,  // at least 2
    parameter     FILE  = ""
) (
    input  logic                     clk,
    input  logic [$clog2(DEPTH)-1:0] address,
    output logic signed [WIDTH-1:0]  data
);

    logic [WIDTH-1:0] memory [0:DEPTH-1];

    // a name that is not given is no file
    initial if (FILE != "") $readmemh(FILE, memory);

    always_ff @(posedge clk) data <= memory[address];

endmodule
