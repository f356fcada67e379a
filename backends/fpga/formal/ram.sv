// `ram` as it may be relied on: what is read while it is written may be anything.
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
    logic [WIDTH-1:0] memory [0:DEPTH-1];
    logic [WIDTH-1:0] anything;   // without a driver: free in every cycle
    always_ff @(posedge clk) begin
        if (write) memory[write_address] <= write_data;
        data <= write && write_address == address ? anything : memory[address];
    end
endmodule
