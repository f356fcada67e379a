// stream_in: every beat that is taken is put, every WORDS-th is the last, and a `tlast` elsewhere shows.
module stream_in_check #(
    parameter int WORDS = 3,
    parameter int VALUE = 2,
    localparam int WIDTH = 3,
    localparam int BITS = VALUE > 0 ? VALUE : 1
) (
    input logic clk, rst, tvalid, tlast, room,
    input logic [7:0] tdata,
    output logic [1:0] seen
);
    logic tready, misframed, put, put_last;
    logic [WIDTH-1:0] put_mask;
    logic [WIDTH*BITS-1:0] put_values;
    stream_in #(.WORDS(WORDS), .WIDTH(WIDTH), .VALUE(VALUE)) dut (.*);

    logic [7:0] beats;
    logic wrong, started = 1'b0;
    wire taken = tvalid && tready;
    wire last = beats == 8'(WORDS - 1);
    always_ff @(posedge clk) begin
        started <= 1'b1;
        beats <= rst ? '0 : taken ? (last ? '0 : beats + 8'd1) : beats;
        wrong <= !rst && (wrong || (taken && tlast != last));
    end
    always_comb begin
        assume (started || rst);
        if (started && !rst) begin
            assert (!taken || room);
            assert (put == taken);
            assert (put_last == (taken && last));
            assert (put_values == tdata[WIDTH*BITS-1:0]);
            for (int i = 0; i < WIDTH; i++)
                assert (put_mask[i] == (put_values[i*BITS +: BITS] != 0));
            assert (misframed == wrong);
            assert (8'(dut.count) == beats && 32'(beats) < WORDS);
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && put_last && !wrong;
    assign seen[1] = started && !rst && misframed;
endmodule
