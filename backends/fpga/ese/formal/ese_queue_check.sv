// ese_queue: an arbitrary word that is pushed comes out unchanged, after those before it, as long as
// there is room for what is pushed and something there for what is popped.
module ese_queue_check #(
    parameter int DEPTH = 3,
    localparam int WIDTH = 2,
    localparam int CW = $clog2(DEPTH + 1)
) (
    input logic clk, rst, push, pop, mark,
    input logic [WIDTH-1:0] pushed,
    output logic [1:0] seen
);
    logic [CW-1:0] count;
    logic [WIDTH-1:0] head;
    ese_queue #(.WIDTH(WIDTH), .DEPTH(DEPTH)) dut (.*);

    logic started = 1'b0, marked;
    logic [WIDTH-1:0] kept;
    logic [7:0] ahead;                               // words that come out before it
    wire [7:0] place = 8'(dut.first) + ahead;
    wire [7:0] end_place = 8'(dut.first) + 8'(count);
    wire [7:0] kept_at = place >= 8'(DEPTH) ? place - 8'(DEPTH) : place;

    always_ff @(posedge clk) begin
        started <= 1'b1;
        if (push && mark && !marked) begin
            marked <= 1'b1;
            kept <= pushed;
            ahead <= 8'(count) - 8'(pop);
        end else if (marked && pop) begin
            ahead <= ahead - 8'd1;
            marked <= ahead != 8'd0;
        end
        if (rst) marked <= 1'b0;
    end

    always_comb begin
        assume (started || rst);
        assume (!push || count != CW'(DEPTH));
        assume (!pop || count != '0);
        if (started) begin
            assert (8'(count) <= 8'(DEPTH));
            assert (8'(dut.first) < 8'(DEPTH) && 8'(dut.next) < 8'(DEPTH));
            assert (8'(dut.next) == (end_place >= 8'(DEPTH) ? end_place - 8'(DEPTH) : end_place));
            if (marked) begin
                assert (ahead < 8'(count));
                for (int i = 0; i < DEPTH; i++)
                    assert (8'(i) != kept_at || dut.words[i] == kept);
                assert (ahead != 8'd0 || head == kept);
            end
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && 8'(count) == 8'(DEPTH);
    assign seen[1] = started && !rst && marked && ahead == 8'd0 && pop && 8'(count) == 8'(DEPTH);
endmodule
