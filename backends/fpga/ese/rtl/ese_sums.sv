// The sums of a bank, a row for each of its cells. A row that nothing has been added to since it was
// taken reads as 0, and so does every cycle in which nothing is read: banks can be joined by "or".
module ese_sums #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2,
    localparam int AW = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input  logic             clk,
    input  logic             rst,
    input  logic             read,
    input  logic             take,                   // the row that is read becomes 0
    input  logic [AW-1:0]    read_row,
    output logic [WIDTH-1:0] read_data,
    input  logic             write,
    input  logic [AW-1:0]    write_row,
    input  logic [WIDTH-1:0] write_data
);
    logic [WIDTH-1:0] words [0:DEPTH-1];
    logic [DEPTH-1:0] there;

    always_ff @(posedge clk) begin
        if (read && there[read_row]) read_data <= words[read_row];
        else read_data <= '0;
        if (write) words[write_row] <= write_data;
    end

    always_ff @(posedge clk) begin
        if (take) there[read_row] <= 1'b0;
        if (write) there[write_row] <= 1'b1;
        if (rst) there <= '0;
    end
endmodule
