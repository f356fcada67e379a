// link: what is put into it comes out, once, in order, and there is always as much in it as it says.
module link_check #(
    parameter int WORDS = 2,
    parameter int SLOTS = 3,
    parameter int DELAY = 1,
    localparam int DEPTH = WORDS * SLOTS,
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1,
    localparam logic [7:0] W = 8'(WORDS), D = 8'(DEPTH)
) (
    input logic clk, rst, put, put_mask, done, enable, pick,
    input logic [AW-1:0] word,
    output logic [1:0] seen
);
    logic room, ready, blank, mask, values;
    logic [AW-1:0] at;          // words of a step that have been put
    wire put_last = put && at == AW'(WORDS - 1);
    link #(.WORDS(WORDS), .WIDTH(1), .SLOTS(SLOTS), .DELAY(DELAY)) dut (
        .clk, .rst, .put, .put_last, .put_mask, .put_values(1'b0), .room, .ready, .blank, .word,
        .enable, .mask, .values, .done);

    // what there should be: steps that are not blank, blank ones, and one word that was put with
    // how many whole steps are to be read before its own
    logic [7:0] steps, blanks, ahead, slot;
    logic tracked, value, expected, expects;
    logic [AW-1:0] where;
    logic started = 1'b0;
    wire read = done && !blank;
    always_ff @(posedge clk) begin
        started <= 1'b1;
        expects <= !rst && tracked && ahead == 0 && ready && !blank && enable && word == where;
        expected <= value;
        if (rst) begin
            at <= '0;
            steps <= '0;
            slot <= '0;
            blanks <= 8'(DELAY);
            tracked <= 1'b0;
        end else begin
            if (put) at <= put_last ? '0 : at + 1'b1;
            if (read) slot <= slot == 8'(SLOTS - 1) ? '0 : slot + 8'd1;
            steps <= steps + 8'(put_last) - 8'(read);
            blanks <= blanks - 8'(done && blank);
            if (!tracked && put && pick) begin
                tracked <= 1'b1;
                value <= put_mask;
                where <= at;
                ahead <= steps - 8'(read);
            end else if (tracked && read) begin
                tracked <= ahead != 0;
                ahead <= ahead - 8'd1;
            end
        end
    end

    function automatic logic [7:0] wrapped(logic [7:0] at);
        wrapped = at >= D ? at - D : at;
    endfunction

    always_comb begin
        assume (started || rst);
        // the rules of the source and of the reader
        assume (!put || at != 0 || room);
        assume (!done || ready);
        assume (8'(word) < W);
        if (started && !rst) begin
            assert (room == (steps + blanks < 8'(SLOTS)));
            assert (ready == (steps + blanks != 0));
            assert (blank == (blanks != 0));
            assert (steps + blanks <= 8'(SLOTS));
            assert (!expects || mask == expected);
            // what induction needs
            assert (8'(dut.level) == steps + blanks && 8'(dut.blanks) == blanks);
            assert (steps <= 8'(SLOTS) && blanks <= 8'(DELAY));
            assert (8'(at) < W && (at == 0 || room));
            assert (8'(dut.slot_at) == slot * W && slot < 8'(SLOTS));
            assert (8'(dut.write_at) == wrapped(8'(dut.slot_at) + 8'(steps) * W + 8'(at)));
            if (tracked) begin
                assert (8'(where) < W);
                assert (ahead < steps || (ahead == steps && where < at));
                assert (dut.memory[AW'(wrapped(8'(dut.slot_at) + 8'(ahead) * W + 8'(where)))] == value);
            end
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && steps == 8'(SLOTS) && blanks == 0;
    assign seen[1] = started && !rst && expects && mask;
endmodule
