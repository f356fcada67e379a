// stream_out behind a link: the words that are put leave as beats, once, in order, by the rules of AXI.
module stream_out_check #(
    parameter int WORDS = 2,
    parameter int SLOTS = 2,
    localparam int DEPTH = WORDS * SLOTS,
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1,
    localparam logic [7:0] W = 8'(WORDS), D = 8'(DEPTH)
) (
    input logic clk, rst, put, put_mask, tready, pick,
    output logic [1:0] seen
);
    logic room, ready, blank, mask, values, done, enable, tvalid, tlast;
    logic [AW-1:0] word, at;
    logic [7:0] tdata;
    wire put_last = put && at == AW'(WORDS - 1);
    link #(.WORDS(WORDS), .WIDTH(1), .SLOTS(SLOTS)) buffer (
        .clk, .rst, .put, .put_last, .put_mask, .put_values(1'b0), .room, .ready, .blank, .word,
        .enable, .mask, .values, .done);
    stream_out #(.WORDS(WORDS), .WIDTH(1), .WORD(AW)) dut (
        .clk, .rst, .ready, .word, .enable, .values, .done, .tvalid, .tlast, .tready, .tdata);

    // beats that are still to leave, one of them, and how many leave before it
    logic [7:0] beats, sent, ahead, slot;
    logic tracked, value, started = 1'b0;
    logic [AW-1:0] where;
    logic held, held_last;
    logic [7:0] held_data;
    wire leaves = tvalid && tready;
    always_ff @(posedge clk) begin
        started <= 1'b1;
        held <= !rst && tvalid && !tready;
        held_data <= tdata;
        held_last <= tlast;
        if (rst) begin
            at <= '0;
            beats <= '0;
            sent <= '0;
            slot <= '0;
            tracked <= 1'b0;
        end else begin
            if (put) at <= put_last ? '0 : at + 1'b1;
            beats <= beats + 8'(put) - 8'(leaves);
            if (done) slot <= slot == 8'(SLOTS - 1) ? '0 : slot + 8'd1;
            if (leaves) sent <= tlast ? '0 : sent + 8'd1;
            if (!tracked && put && pick) begin
                tracked <= 1'b1;
                value <= put_mask;
                where <= at;
                ahead <= beats - 8'(leaves);
            end else if (tracked && leaves) begin
                tracked <= ahead != 0;
                ahead <= ahead - 8'd1;
            end
        end
    end

    function automatic logic [7:0] wrapped(logic [7:0] at, logic [7:0] size);
        wrapped = at >= size ? at - size : at;
    endfunction

    // where the beat that is followed is, counted from the first word of the oldest step
    wire [7:0] place = 8'(ahead) - 8'(tvalid) + 8'(dut.at);
    always_comb begin
        assume (started || rst);
        assume (!put || at != 0 || room);
        if (started && !rst) begin
            assert (!held || (tvalid && tdata == held_data && tlast == held_last));
            assert (!tvalid || tlast == (sent == 8'(WORDS - 1)));
            assert (!tvalid || beats != 0);
            assert (!leaves || !tracked || ahead != 0 || tdata == 8'(value));
            // what induction needs
            assert (8'(dut.at) < W && 8'(sent) < W && 8'(at) < W);
            assert (sent == wrapped(8'(dut.at) + W - 8'(tvalid), W));
            assert (buffer.blanks == 0 && 8'(buffer.level) <= 8'(SLOTS) && (at == 0 || room));
            assert (!dut.there || ready);
            assert (dut.there || dut.at == 0);
            assert (word == (dut.there ? AW'(dut.at + 1'b1) : '0));
            assert (8'(beats) == 8'(buffer.level) * W + 8'(at) + 8'(tvalid) - 8'(dut.at));
            assert (8'(buffer.slot_at) == slot * W && slot < 8'(SLOTS));
            assert (8'(buffer.write_at)
                == wrapped(8'(buffer.slot_at) + 8'(buffer.level) * W + 8'(at), D));
            assert (!dut.there || mask == buffer.memory[AW'(wrapped(8'(buffer.slot_at) + 8'(dut.at), D))]);
            if (tracked) begin
                assert (ahead < beats && 8'(where) < W);
                if (tvalid && ahead == 0) assert (tdata == 8'(value));
                else assert (buffer.memory[AW'(wrapped(8'(buffer.slot_at) + place, D))] == value);
            end
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && held && leaves && tlast;
    assign seen[1] = started && !rst && tracked && leaves && ahead == 0 && tdata[0];
endmodule
