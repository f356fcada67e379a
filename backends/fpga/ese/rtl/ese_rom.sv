// Memory that the compiler fills: a word a line, hexadecimal. What is read comes in the cycle after,
// and is kept while nothing else is read.
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
    logic [WIDTH-1:0] words [0:DEPTH-1];

    // a tool that reads the module by itself, without a file, finds none to open
    if (FILE != "") initial $readmemh(FILE, words);

    always_ff @(posedge clk) if (read) data <= words[address];
endmodule
