// Buffer of a step of outputs on their way out: an output of all channels in a beat.
module ese_output #(
    parameter int WIDTH = 32,
    parameter int CELLS = 2
) (
    input  logic             clk,
    input  logic             rst,
    input  logic             write,
    input  logic [WIDTH-1:0] write_data,
    output logic             free,                   // for the first output of a step
    output logic             out_valid,
    input  logic             out_ready,
    output logic [WIDTH-1:0] out_data,
    output logic             out_last
);
    localparam int AW = (CELLS > 1) ? $clog2(CELLS) : 1;
    localparam int NW = $clog2(CELLS + 1);
    localparam logic [NW-1:0] LAST = NW'(CELLS - 1);

    logic [NW-1:0] filled, sent;

    wire fetch = sent != filled && (!out_valid || out_ready);

    assign free = filled == '0;

    ese_ram #(.WIDTH(WIDTH), .DEPTH(CELLS)) values (
        .clk(clk),
        .read(fetch), .read_address(sent[AW-1:0]), .read_data(out_data),
        .write(write), .write_address(filled[AW-1:0]), .write_data(write_data)
    );

    always_ff @(posedge clk) begin
        if (write) filled <= filled + 1'b1;
        if (fetch) begin
            sent <= sent + 1'b1;
            out_valid <= 1'b1;
            out_last <= sent == LAST;
            if (sent == LAST) begin
                sent <= '0;
                filled <= '0;
            end
        end else if (out_ready) out_valid <= 1'b0;
        if (rst) begin
            filled <= '0;
            sent <= '0;
            out_valid <= 1'b0;
        end
    end
endmodule
