// From a link to an AXI stream: the words of each step, one a beat, `tlast` with the last.
module stream_out #(
    parameter int WORDS = 1,
    parameter int WIDTH = 8,   // cells of a word
    parameter int VALUE = 0,   // bits of a value; 0: spikes
    parameter int WORD = 8,    // bits of the number of a word
    localparam int BITS = VALUE > 0 ? VALUE : 1,
    localparam int DATA = (WIDTH * BITS + 7) / 8 * 8
) (
    input  logic                  clk, rst,
    input  logic                  ready,
    output logic [WORD-1:0]       word,      // the next to be read from the link
    output logic                  enable,
    input  logic [WIDTH*BITS-1:0] values,
    output logic                  done,
    output logic                  tvalid, tlast,
    input  logic                  tready,
    output logic [DATA-1:0]       tdata
);
    // `at` is the number of the word that the memory of the link shows, if `there`
    logic            there;
    logic [WORD-1:0] at;

    wire take = there && (!tvalid || tready);
    wire last = at == WORD'(WORDS - 1);
    assign enable = !there || take;
    assign done = take && last;

    always_ff @(posedge clk) begin
        if (take) begin
            tdata <= DATA'(values);
            tlast <= last;
        end
        if (rst) begin
            there <= 1'b0;
            at <= '0;
            word <= '0;
            tvalid <= 1'b0;
        end else begin
            if (take) tvalid <= 1'b1;
            else if (tready) tvalid <= 1'b0;
            if (!there) begin
                there <= ready;
                word <= WORD'(ready);
            end else if (take) begin
                there <= !last;
                at <= last ? '0 : at + 1'b1;
                word <= last ? '0 : word + 1'b1;
            end
        end
    end
endmodule
