// Double buffer of the inputs: while the engine reads a step, the next one is taken in.
module ese_input #(
    parameter int WIDTH = 32,
    parameter int COLUMNS = 2,
    localparam int CW = (COLUMNS > 1) ? $clog2(COLUMNS) : 1
) (
    input  logic             clk,
    input  logic             rst,
    input  logic             in_valid,
    output logic             in_ready,
    input  logic [WIDTH-1:0] in_data,
    // the engine's side: a column of the step that it is at
    input  logic [CW-1:0]    column,
    output logic             there,
    input  logic             read,
    input  logic             release_step,           // the last read of the step
    output logic [WIDTH-1:0] read_data
);
    localparam logic [CW-1:0] LAST = CW'(COLUMNS - 1);
    localparam int AW = $clog2(2 * COLUMNS);

    logic          write_half, read_half;
    logic [CW-1:0] next;
    logic [1:0]    whole;                            // steps that are there and not yet released

    wire accept = in_valid && in_ready;
    wire last = accept && next == LAST;

    assign in_ready = whole != 2'd2;
    assign there = whole != 2'd0 || next > column;

    ese_ram #(.WIDTH(WIDTH), .DEPTH(2 * COLUMNS)) values (
        .clk(clk),
        .read(read),
        .read_address(AW'(column) + (read_half ? AW'(COLUMNS) : '0)),
        .read_data(read_data),
        .write(accept),
        .write_address(AW'(next) + (write_half ? AW'(COLUMNS) : '0)),
        .write_data(in_data)
    );

    always_ff @(posedge clk) begin
        if (accept) next <= last ? '0 : next + 1'b1;
        if (last) write_half <= !write_half;
        if (release_step) read_half <= !read_half;
        whole <= whole + 2'(last) - 2'(release_step);
        if (rst) begin
            next <= '0;
            write_half <= 1'b0;
            read_half <= 1'b0;
            whole <= 2'd0;
        end
    end
endmodule
