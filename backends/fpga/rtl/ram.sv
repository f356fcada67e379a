// Memory with a port to write and one to read: the word at `address`, a cycle later. What is
// read while it is written is not defined.
module ram #(
    parameter int DEPTH = 2,
    parameter int WIDTH = 8,
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  logic             clk,
    input  logic             write,
    input  logic [AW-1:0]    write_address,
    input  logic [WIDTH-1:0] write_data,
    input  logic [AW-1:0]    address,
    output logic [WIDTH-1:0] data
);
    (* no_rw_check *) logic [WIDTH-1:0] memory [0:DEPTH-1];
    always_ff @(posedge clk) begin
        if (write) memory[write_address] <= write_data;
        data <= memory[address];
    end
endmodule
