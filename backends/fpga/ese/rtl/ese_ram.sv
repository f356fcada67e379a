// Memory with a port to read and one to write. What is read comes in the cycle after; it is kept
// while nothing else is read. A word that is written in the same cycle is read as it was before.
module ese_ram #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2,
    localparam int AW = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input  logic             clk,
    input  logic             read,
    input  logic [AW-1:0]    read_address,
    output logic [WIDTH-1:0] read_data,
    input  logic             write,
    input  logic [AW-1:0]    write_address,
    input  logic [WIDTH-1:0] write_data
);
    logic [WIDTH-1:0] words [0:DEPTH-1];

    always_ff @(posedge clk) begin
        if (read) read_data <= words[read_address];
        if (write) words[write_address] <= write_data;
    end
endmodule
