// sequencer: every cell that sends is offered, once, in order; links take turns; a section is updated
// when all is added up, when the update before has left and there is room.
module sequencer_check #(
    parameter bit WHOLE = 1'b0,
    parameter int WIDTH = 3,
    parameter int TURNS = 1,
    parameter int DRAIN = 2,
    parameter int FLIGHT = 3,
    parameter int CLEAR = 3,
    localparam int LINKS = 3,
    localparam int SECTIONS = 3,
    // the first section has two links, the second none, and the third one
    localparam logic [LINKS*16-1:0] WORDS = {16'd3, 16'd1, 16'd2},
    localparam logic [LINKS*32-1:0] BASE = {32'd20, 32'd9, 32'd1},
    localparam logic [LINKS*32-1:0] STRIDE = {32'd5, 32'd3, 32'd7},
    localparam logic [SECTIONS*16-1:0] FIRST = {16'd2, 16'd2, 16'd0},
    localparam logic [SECTIONS*16-1:0] BEYOND = {16'd3, 16'd2, 16'd2},
    localparam logic [SECTIONS*16-1:0] UPDATES = {16'd1, 16'd3, 16'd2},
    localparam int TW = TURNS > 1 ? $clog2(TURNS) : 1,
    localparam int BW = WIDTH > 1 ? $clog2(WIDTH) : 1,
    localparam int CW = CLEAR > 1 ? $clog2(CLEAR + 1) : 1
) (
    input logic clk, rst, link_ready, link_blank, event_ready, idle,
    input logic [WIDTH-1:0] next_mask, next_values,
    input logic [SECTIONS-1:0] room,
    output logic [1:0] seen
);
    logic [1:0] link, word, event_link, section, group, number;
    logic [TW-1:0] turn;
    logic link_enable, link_done, event_valid, update_valid, update_last, step_done, clear_valid;
    logic [WIDTH-1:0] link_mask, link_values, event_values;
    logic [5:0] event_base;
    logic [BW-1:0] event_bit;
    logic [CW-1:0] clear_index;
    sequencer #(
        .LINKS(LINKS), .SECTIONS(SECTIONS), .WIDTH(WIDTH), .VALUE(1), .WHOLE(WHOLE), .WORD(2),
        .ADDRESS(6), .INDEX(2), .DRAIN(DRAIN), .TURNS(TURNS), .NUMBER(2),
        .FLIGHT(FLIGHT), .CLEAR(CLEAR), .WORDS(WORDS),
        .BASE(BASE), .STRIDE(STRIDE), .FIRST(FIRST), .BEYOND(BEYOND), .UPDATES(UPDATES)
    ) dut (.*);

    // what should be in hand: a section, one of its links unless all are done, how many words of
    // it have been taken, and what is left of the last; the word that the link's memory shows
    logic [1:0] owner, upcoming, shown;
    logic complete, started = 1'b0, idle_before, taken_before, updating_before;
    logic [2:0] taken_words;
    logic [WIDTH-1:0] left, kept;
    logic [1:0] next_number, next_group;
    logic [TW-1:0] next_turn;
    logic [5:0] base;
    logic [7:0] age, idle_for;
    logic [CW:0] cleared;
    logic [SECTIONS-1:0] room_before;
    wire taken = event_valid && event_ready;
    wire [WIDTH-1:0] left_after = taken ? left & ~(WIDTH'(1) << event_bit) : left;
    wire [1:0] next_owner = owner == 2'd2 ? '0 : owner + 1'b1;
    wire [2:0] words = 3'(WORDS[upcoming*16 +: 16]);
    always_ff @(posedge clk) begin
        started <= 1'b1;
        if (link_enable) begin
            link_mask <= next_mask;
            link_values <= next_values;
            shown <= word;
        end
        idle_before <= idle;
        taken_before <= taken && !rst;
        updating_before <= update_valid && !rst;
        room_before <= room;
        if (dut.load) begin
            kept <= link_values;
            base <= taken_words == 0 ? 6'(BASE[upcoming*32 +: 32]) : base + 6'(STRIDE[upcoming*32 +: 32]);
        end
        if (rst) begin
            owner <= '0;
            upcoming <= '0;
            complete <= 1'b0;
            taken_words <= '0;
            left <= '0;
            next_number <= '0;
            next_group <= '0;
            next_turn <= '0;
            age <= 8'd100;
            idle_for <= '0;
            cleared <= '0;
        end else begin
            if (clear_valid) cleared <= cleared + 1'b1;
            left <= dut.load ? (WHOLE ? WIDTH'(1) : link_mask) : left_after;
            taken_words <= link_done ? '0 : taken_words + 3'(dut.load);
            if (link_done) begin
                if (16'(upcoming) + 16'd1 == BEYOND[owner*16 +: 16]) complete <= 1'b1;
                else upcoming <= upcoming + 1'b1;
            end
            age <= update_valid ? 8'd1 : age == 8'd100 ? age : age + 8'd1;
            idle_for <= !idle || !complete ? '0 : idle_for == 8'd100 ? idle_for : idle_for + 8'd1;
            if (update_valid) begin
                next_number <= update_last ? '0 : next_number + 1'b1;
                next_turn <= update_last || next_turn == TW'(TURNS - 1) ? '0 : next_turn + 1'b1;
                if (update_last) next_group <= '0;
                else if (next_turn == TW'(TURNS - 1)) next_group <= next_group + 1'b1;
            end
            if (update_last) begin
                owner <= next_owner;
                upcoming <= 2'(FIRST[next_owner*16 +: 16]);
                complete <= FIRST[next_owner*16 +: 16] == BEYOND[next_owner*16 +: 16];
                idle_for <= '0;
            end
        end
    end

    wire begins = update_valid && !updating_before;
    always_comb begin
        assume (started || rst);
        // the fetch: not idle after it has taken an event, and idle until it takes one
        assume (!taken_before || !idle);
        assume (taken_before || !idle_before || idle);
        if (started && !rst) begin
            // one link after the other, each of its words once, and done with the last
            assert (!dut.load || (!complete && link == upcoming && 3'(shown) == taken_words));
            assert (!dut.load || (taken_words < words && left_after == 0));
            assert (!link_done || (!complete && link == upcoming));
            assert (!link_done || (taken_words == 0 ? link_ready && link_blank
                : taken_words == words && left_after == 0));
            // every cell that sends, the lowest first
            assert (event_valid == (left != 0));
            if (event_valid) begin
                assert (left[event_bit] && (left & ((WIDTH'(1) << event_bit) - 1'b1)) == 0);
                assert (event_link == upcoming && event_values == kept);
                assert (event_base == base);
            end
            // groups in order; all is added up, what was sent is in the links, and there is room
            assert (!update_valid || (complete && section == owner));
            assert (number == next_number && group == next_group && turn == next_turn);
            assert (update_last == (update_valid && 16'(number) + 16'd1 == UPDATES[owner*16 +: 16]));
            assert (step_done == (update_last && owner == 2'd2));
            assert (!update_valid || idle);
            assert (!begins || (room_before[owner] && number == 0));
            assert (!begins || (idle_for > 8'(DRAIN) && age > 8'(FLIGHT) + 8'd1));
            assert (number == 0 || updating_before);
            // all is cleared before anything else
            assert (!clear_valid || (32'(cleared) == 32'(clear_index) && 32'(cleared) < CLEAR));
            assert (clear_valid || 32'(cleared) == CLEAR);
            assert (!clear_valid || (!link_done && !event_valid && !update_valid));
            // what induction needs
            assert (dut.section == owner && owner < 2'd3);
            assert (complete || (link == upcoming && 16'(upcoming) >= FIRST[owner*16 +: 16]
                && 16'(upcoming) < BEYOND[owner*16 +: 16]));
            assert (3'(dut.at) == taken_words && taken_words <= words);
            assert (dut.state <= 3'd5 && (dut.state == 3'd0) == clear_valid);
            assert (complete == (dut.state >= 3'd4) || clear_valid);
            assert (!clear_valid || (owner == 0 && upcoming == 0 && !complete));
            assert (dut.state != 3'd2 || (word == 2'd1 && shown == 0 && taken_words == 0));
            assert (dut.state != 3'd3 || (word == 2'(taken_words + 3'd1) && taken_words != 0));
            assert (dut.state != 3'd3 || 3'(shown) == taken_words);
            assert (dut.state == 3'd3 || (left == 0 && taken_words == 0));
            assert (dut.state == 3'd2 || dut.state == 3'd3 || word == 0);
            assert (dut.state == 3'd5 || (number == 0 && group == 0 && turn == 0));
            assert (32'(group) * TURNS + 32'(turn) == 32'(number) && 32'(turn) < TURNS);
            assert (16'(number) < UPDATES[owner*16 +: 16]);
            if (dut.state == 3'd3) begin
                assert (dut.mask == left && dut.some == (left != 0));
                assert (dut.rest == (left & (left - 1'b1)) && dut.more == (dut.rest != 0));
                assert (event_values == kept);
                assert (dut.base == base);
            end
            assert (32'(dut.drain) <= DRAIN && (dut.state == 3'd4 || 32'(dut.drain) == DRAIN));
            assert (8'(dut.drain) + idle_for >= 8'(DRAIN) || idle_for == 0 || dut.state != 3'd4);
            assert (32'(dut.drain) == DRAIN || idle);
            assert (32'(dut.drain) == DRAIN || idle_for + 8'(dut.drain) >= 8'(DRAIN));
            for (int j = 0; j < FLIGHT; j++) assert (dut.flight[j] || age != 8'(j + 1));
            assert (age <= 8'd100 && idle_for <= 8'd100);
            assert (age != 0 && (updating_before == (age == 8'd1)));
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && step_done;
    assign seen[1] = started && !rst && taken && event_link == 2'd2 && taken_words == 3'd3;
endmodule
