// engine: its parts keep to what the others of them rely on, and it to what its links rely on.
module engine_check #(
    parameter bit GRADED = 1'b0,
    parameter int LANES = 1,         // that are updated one after the other
    parameter int SLOTS = 1,         // of the link that the results go to
    parameter int FLIGHT = 3,
    localparam int WIDTH = 2,
    localparam logic [15:0] UPDATES = 16'(2 * LANES)
) (
    input logic clk, rst, put, result_done,
    input logic [WIDTH-1:0] put_mask,
    output logic [1:0] seen
);
    // a link of two words leads to two cells of each lane, which send to another link
    logic at, room, ready, blank, enable, done, result_room, result_ready, result_blank, result;
    logic [WIDTH-1:0] mask, values, result_mask, result_values;
    logic update_valid, update_last, section, clear_valid;
    logic [1:0] number;
    logic [1:0] word;
    logic [2:0] clear_index;
    logic [3:0] sums;
    wire put_last = put && at;
    link #(.WORDS(2), .WIDTH(WIDTH), .SLOTS(3), .DELAY(1)) source (
        .clk, .rst, .put, .put_last, .put_mask, .put_values(WIDTH'(0)), .room, .ready, .blank,
        .word(3'(word)), .enable, .mask, .values, .done);
    engine #(
        .LANES(LANES), .PORTS(1), .WIDTH(WIDTH), .GRADED(GRADED), .WORD(2), .ADDRESS(4), .INDEX(1), .CELLS(2),
        .WEIGHT(2), .SUM(4), .FLIGHT(FLIGHT), .NUMBER(2), .CLEAR(5), .DENSE_DEPTH(8), .WORDS(16'd2),
        .STRIDE(32'd4), .CELL_STRIDE(32'd2), .ROWS(32'd2), .LINK_GROUPS(16'd2), .BEYOND(16'd1),
        .UPDATES(UPDATES)
    ) dut (
        .clk, .rst, .link_ready(ready), .link_blank(blank), .link_mask(mask), .link_values(values),
        .link_word(word), .link_enable(enable), .link_done(done), .room(result_room),
        .update_valid, .update_last, .section, .number, .sums, .clear_valid, .clear_index);
    logic [FLIGHT-1:0] flight, flight_last;
    wire result_put = flight[FLIGHT-1];
    wire result_last = flight_last[FLIGHT-1];
    link #(.WORDS(2 * LANES), .WIDTH(WIDTH), .SLOTS(SLOTS)) results (
        .clk, .rst, .put(result_put), .put_last(result_put && result_last), .put_mask(WIDTH'(1)),
        .put_values(WIDTH'(0)), .room(result_room), .ready(result_ready), .blank(result_blank),
        .word('0), .enable(1'b1), .mask(result_mask), .values(result_values), .done(result_done));

    logic fresh, started = 1'b0;
    logic [1:0] result_at;
    always_ff @(posedge clk) begin
        started <= 1'b1;
        fresh <= rst;
        at <= !rst && (put ? !at : at);
        flight <= rst ? '0 : FLIGHT'({flight, update_valid});
        flight_last <= FLIGHT'({flight_last, update_last});
        if (rst) result_at <= '0;
        else if (result_put) result_at <= result_last ? '0 : result_at + 1'b1;
    end

    // additions arrive at all lanes together; the first is read first and the last one last
    wire adding = dut.each_lane[0].adds.sum_valid;
    wire added = dut.each_lane[0].adds.valid2;
    wire [1:0] reads = {dut.each_lane[LANES-1].adds.read_valid, dut.each_lane[0].adds.read_valid};
    wire [1:0] read = {dut.each_lane[LANES-1].adds.clear2, dut.each_lane[0].adds.clear2};
    always_comb begin
        assume (started || rst);
        assume (!put || at || room);
        assume (!result_done || result_ready);
        if (started && !rst) begin
            // what the lane relies on; accumulators are cleared, and not read, after reset
            assert (reads == 0 || (!adding && !added));
            assert (read == 0 || !adding);
            assert ((reads & read) == 0 || fresh || dut.read_at != dut.each_lane[0].adds.at2);
            // what the link relies on, and what the results do
            assert (!done || ready);
            assert (!result_put || result_at != 0 || result_room);
            assert (!result_put || result_last == (16'(result_at) + 16'd1 == UPDATES));
            // no cell is updated while its last update is on its way
            assert (!update_valid || number != 0 || flight == 0);
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && update_valid && update_last && !blank;
    assign seen[1] = started && !rst && adding && added;
endmodule
