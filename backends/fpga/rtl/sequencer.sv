// The order in which an engine does things.
//
// For each of its sections, in every step: go through the section's links in their order; wait
// until a step is there; offer each cell that sends as an event; then wait until all that was
// offered is added up, until the update before has left its pipeline and until all links that
// the section sends to have room; then update the section, as many cells per cycle as there are
// updaters: one of the TURNS that a group of lanes takes.
//
// Events carry the address where what belongs to them begins: base + stride * word for a word,
// to which the fetch adds that of the cell within the word. With WHOLE a word is one event.
module sequencer #(
    parameter int LINKS = 1,
    parameter int SECTIONS = 1,
    parameter int WIDTH = 8,        // cells of the widest word
    parameter int VALUE = 1,        // bits of the widest value
    parameter bit WHOLE = 1'b0,
    parameter int WORD = 8,         // bits of the number of a word
    parameter int ADDRESS = 16,     // bits of an address
    parameter int INDEX = 8,        // bits of a group's number
    parameter int DRAIN = 2,        // cycles from a row's issue to the read of its accumulator
    parameter int TURNS = 1,        // cycles in which the cells of a group are updated
    parameter int NUMBER = 8,       // bits of the number of an update
    parameter int FLIGHT = 3,       // cycles from an update's issue until its results are there
    parameter int CLEAR = 1,        // accumulators of a lane, and updates, to clear after reset
    // per link
    parameter logic [LINKS*16-1:0] WORDS = '0,
    parameter logic [LINKS*32-1:0] BASE = '0,
    parameter logic [LINKS*32-1:0] STRIDE = '0,
    // per section: its first link, the one after its last, and its updates
    parameter logic [SECTIONS*16-1:0] FIRST = '0,
    parameter logic [SECTIONS*16-1:0] BEYOND = '0,
    parameter logic [SECTIONS*16-1:0] UPDATES = '0,
    localparam int LW = LINKS > 1 ? $clog2(LINKS) : 1,
    localparam int SW = SECTIONS > 1 ? $clog2(SECTIONS) : 1,
    localparam int CW = CLEAR > 1 ? $clog2(CLEAR + 1) : 1,
    localparam int TURN = TURNS > 1 ? $clog2(TURNS) : 1,
    localparam int BW = WIDTH > 1 ? $clog2(WIDTH) : 1
) (
    input  logic                   clk, rst,
    // links: those of the one that is gone through
    output logic [LW-1:0]          link,
    output logic [WORD-1:0]        word,            // the next to be read
    output logic                   link_enable,
    input  logic                   link_ready, link_blank,
    input  logic [WIDTH-1:0]       link_mask,
    input  logic [WIDTH*VALUE-1:0] link_values,
    output logic                   link_done,
    // events
    output logic                   event_valid,
    input  logic                   event_ready,
    output logic [LW-1:0]          event_link,
    output logic [ADDRESS-1:0]     event_base,
    output logic [BW-1:0]          event_bit,
    output logic [WIDTH*VALUE-1:0] event_values,
    input  logic                   idle,            // no event is on its way
    // updates
    input  logic [SECTIONS-1:0]    room,            // per section: all that it sends to has room
    output logic                   update_valid, update_last,
    output logic [SW-1:0]          section,
    output logic [INDEX-1:0]       group,
    output logic [TURN-1:0]        turn,
    output logic [NUMBER-1:0]      number,          // of the update: group * TURNS + turn
    output logic                   step_done,       // with the last update of the last section
    // after reset: clear what has this number
    output logic                   clear_valid,
    output logic [CW-1:0]          clear_index
);
    typedef enum logic [2:0] {CLEARING, WAITING, FETCHING, SCANNING, DRAINING, UPDATING} state_t;
    localparam int DW = $clog2(DRAIN + 1);

    state_t              state;
    // cells of the word that are still to be offered, the same without the lowest, and whether
    // there are any: they come out of registers, because what follows from them is long
    logic [WIDTH-1:0]    mask, rest;
    logic                some, more;
    logic [WORD-1:0]     at;          // number of the word that the link's memory shows
    logic [ADDRESS-1:0]  base;        // address of the word in hand
    logic [DW-1:0]       drain;
    logic [FLIGHT-1:0]   flight;      // bit j: an update was issued j + 1 cycles ago
    logic [CW-1:0]       clear_at;

    // what the tables say of the link and the section in hand
    wire [WORD-1:0]    words  = WORD'(WORDS[link*16 +: 16]);
    wire [ADDRESS-1:0] start  = ADDRESS'(BASE[link*32 +: 32]);
    wire [ADDRESS-1:0] stride = ADDRESS'(STRIDE[link*32 +: 32]);
    wire [15:0]        beyond = BEYOND[section*16 +: 16];
    wire [NUMBER-1:0]  last_number = NUMBER'(UPDATES[section*16 +: 16] - 16'd1);
    wire               last_turn = turn == TURN'(TURNS - 1);
    wire               last_section = section == SW'(SECTIONS - 1);
    wire [SW-1:0]      next_section = last_section ? '0 : section + 1'b1;
    wire [15:0]        next_first = FIRST[next_section*16 +: 16];
    wire               next_has_links = next_first != BEYOND[next_section*16 +: 16];
    wire               last_link = 16'(link) + 16'd1 == beyond;

    wire taken     = event_valid && event_ready;
    wire exhausted = state == SCANNING && (!some || (taken && !more));
    wire load      = state == FETCHING || (exhausted && at != words);
    wire skipped   = state == WAITING && link_ready && link_blank;

    assign link_enable = state != SCANNING || load;
    assign link_done   = skipped || (exhausted && at == words);
    assign event_valid = state == SCANNING && some;
    assign event_link  = link;
    assign event_base  = base;

    // the word that is loaded, and the one in hand after the next cell, both without the lowest
    wire [WIDTH-1:0] fresh      = WHOLE ? WIDTH'(1) : link_mask;
    wire [WIDTH-1:0] fresh_rest = fresh & (fresh - 1'b1);
    wire [WIDTH-1:0] rest_rest  = rest & (rest - 1'b1);

    // the lowest cell that is left
    always_comb begin
        event_bit = '0;
        for (int i = WIDTH - 1; i >= 0; i--) if (mask[i]) event_bit = BW'(i);
    end

    assign update_valid = state == UPDATING;
    assign update_last  = update_valid && number == last_number;
    assign step_done    = update_last && last_section;
    assign clear_valid  = state == CLEARING;
    assign clear_index  = clear_at;

    // with what the update before has sent, `room` has taken account of it
    wire quiet = flight == '0;
    wire drained = state == DRAINING && idle && drain == '0;

    always_ff @(posedge clk) begin
        flight <= rst ? '0 : FLIGHT'({flight, update_valid});
        if (load || taken) begin
            mask <= load ? fresh : rest;
            some <= load ? fresh != '0 : more;
            rest <= load ? fresh_rest : rest_rest;
            more <= load ? fresh_rest != '0 : rest_rest != '0;
        end
        if (load) begin
            event_values <= link_values;
            base <= state == FETCHING ? start : base + stride;
        end
    end

    always_ff @(posedge clk)
        if (rst) begin
            state    <= CLEARING;
            link     <= LW'(FIRST[15:0]);
            section  <= '0;
            group    <= '0;
            turn     <= '0;
            number   <= '0;
            at       <= '0;
            word     <= '0;
            clear_at <= '0;
            drain    <= DW'(DRAIN);
        end else case (state)
            CLEARING: begin
                clear_at <= clear_at + 1'b1;
                if (clear_at == CW'(CLEAR - 1)) state <= FIRST[15:0] == BEYOND[15:0] ? DRAINING : WAITING;
            end
            WAITING: if (link_ready) begin
                if (!link_blank) begin
                    state <= FETCHING;
                    word  <= WORD'(1);
                end
                else if (last_link) state <= DRAINING;
                else link <= link + 1'b1;
            end
            FETCHING: begin
                state <= SCANNING;
                at    <= at + 1'b1;
                word  <= word + 1'b1;
            end
            SCANNING: if (load) begin
                    at   <= at + 1'b1;
                    word <= word + 1'b1;
                end else if (exhausted) begin
                    at   <= '0;
                    word <= '0;
                    if (last_link) state <= DRAINING;
                    else begin
                        state <= WAITING;
                        link  <= link + 1'b1;
                    end
                end
            DRAINING: begin
                if (idle && drain != '0) drain <= drain - 1'b1;
                if (drained && quiet && room[section]) begin
                    state <= UPDATING;
                    drain <= DW'(DRAIN);
                end
            end
            default: begin   // UPDATING
                number <= number + 1'b1;
                turn   <= last_turn ? '0 : turn + 1'b1;
                if (last_turn) group <= group + 1'b1;
                if (update_last) begin
                    group   <= '0;
                    turn    <= '0;
                    number  <= '0;
                    section <= next_section;
                    link    <= LW'(next_first);
                    state   <= next_has_links ? WAITING : DRAINING;
                end
            end
        endcase
endmodule
