// From an AXI stream to the links of an input: a beat is a word, and a step is WORDS of them, of
// which `tlast` marks the last.
module stream_in #(
    parameter int WORDS = 1,
    parameter int WIDTH = 8,   // cells of a word
    parameter int VALUE = 0,   // bits of a value; 0: spikes
    localparam int BITS = VALUE > 0 ? VALUE : 1,
    localparam int DATA = (WIDTH * BITS + 7) / 8 * 8
) (
    input  logic                  clk, rst,
    input  logic                  tvalid, tlast,
    output logic                  tready,
    input  logic [DATA-1:0]       tdata,
    output logic                  misframed,   // a `tlast` was not where it belongs; stays
    input  logic                  room,        // in all links
    output logic                  put, put_last,
    output logic [WIDTH-1:0]      put_mask,
    output logic [WIDTH*BITS-1:0] put_values
);
    localparam int CW = WORDS > 1 ? $clog2(WORDS) : 1;
    logic [CW-1:0] count;

    assign tready = room;
    assign put = tvalid && tready;
    assign put_last = put && count == CW'(WORDS - 1);
    assign put_values = tdata[WIDTH*BITS-1:0];
    for (genvar i = 0; i < WIDTH; i++) begin : each_cell
        assign put_mask[i] = tdata[i*BITS +: BITS] != '0;
    end
    if (DATA > WIDTH * BITS) begin : padding
        wire unused = &{1'b0, tdata[DATA-1:WIDTH*BITS]};
    end

    always_ff @(posedge clk)
        if (rst) begin
            count <= '0;
            misframed <= 1'b0;
        end else if (put) begin
            count <= put_last ? '0 : count + 1'b1;
            if (tlast != put_last) misframed <= 1'b1;
        end
endmodule
