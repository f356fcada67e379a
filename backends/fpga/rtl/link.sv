// A bounded buffer of whole steps, from one source to one engine.
//
// A step is WORDS words of WIDTH cells; `put_last` goes with the last of them and makes the step
// readable. After reset DELAY blank steps lie in the buffer: the reader skips them, so that it
// sees at its step n what was sent at step n - DELAY. The source may send the words of a step
// whenever `room` was high before the first of them, and the reader reads words of the oldest
// step in any order while `ready` is high, until it says `done`. Which word it reads comes out of
// registers of the reader, and whether it moves on later in the cycle: the two do not add up.
module link #(
    parameter int WORDS = 1,   // words of a step
    parameter int WIDTH = 8,   // cells of a word
    parameter int VALUE = 0,   // bits of a cell's value; 0: spikes, of which the mask is all
    parameter int SLOTS = 2,   // steps that fit, more than DELAY
    parameter int DELAY = 0,
    localparam int BITS = VALUE > 0 ? VALUE : 1,
    localparam int DEPTH = WORDS * SLOTS,
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1,
    localparam int LW = $clog2(SLOTS + 1)
) (
    input  logic                  clk, rst,
    // the source
    input  logic                  put, put_last,
    input  logic [WIDTH-1:0]      put_mask,      // which cells send
    input  logic [WIDTH*BITS-1:0] put_values,    // what they send; not read if VALUE is 0
    output logic                  room,
    // the reader
    output logic                  ready,         // a step is there
    output logic                  blank,         // it is one from before the first
    input  logic [AW-1:0]         word,          // which word of it to read
    input  logic                  enable,        // read it; else the one before stays
    output logic [WIDTH-1:0]      mask,          // that word, a cycle later
    output logic [WIDTH*BITS-1:0] values,
    input  logic                  done           // the step has been read
);
    localparam int DATA = VALUE > 0 ? WIDTH * (VALUE + 1) : WIDTH;
    localparam logic [AW-1:0] STEP = AW'(WORDS), LAST = AW'(DEPTH - 1);
    localparam logic [AW-1:0] LAST_SLOT = AW'(DEPTH - WORDS);

    (* no_rw_check *) logic [DATA-1:0] memory [0:DEPTH-1];
    logic [AW-1:0] write_at, slot_at;
    logic [LW-1:0] level, blanks;
    logic [DATA-1:0] given, read;

    wire publish = put && put_last;
    assign room  = level != LW'(SLOTS);
    assign ready = level != '0;
    assign blank = blanks != '0;

    if (VALUE > 0) begin : graded
        assign given = {put_values, put_mask};
        assign values = read[DATA-1:WIDTH];
    end else begin : spikes
        wire unused = &{1'b0, put_values};
        assign given = put_mask;
        assign values = read;
    end
    assign mask = read[WIDTH-1:0];

    always_ff @(posedge clk) begin
        if (put) memory[write_at] <= given;
        if (enable) read <= memory[slot_at + word];
    end

    always_ff @(posedge clk)
        if (rst) begin
            write_at <= '0;
            slot_at  <= '0;
            level    <= LW'(DELAY);
            blanks   <= LW'(DELAY);
        end else begin
            if (put) write_at <= (write_at == LAST) ? '0 : write_at + 1'b1;
            if (done && blank) blanks <= blanks - 1'b1;
            if (done && !blank) slot_at <= (slot_at == LAST_SLOT) ? '0 : slot_at + STEP;
            level <= level + LW'(publish) - LW'(done);
        end
endmodule
