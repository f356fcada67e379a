// An engine: what one generated shell wraps with the state of its sections and their updates.
//
// In the cycle of `update_valid` the shell reads the states of the cells of update `number` of
// `section`; their `sums` are there two cycles later, or three where lanes take turns. All lanes
// add at the same time, each for its own cell; UPDATERS of them at a time are updated.
module engine #(
    parameter int LINKS = 1,
    parameter int SECTIONS = 1,
    parameter int LANES = 1,
    parameter int UPDATERS = 1,     // of which LANES is a multiple
    parameter int PORTS = 1,
    parameter int WIDTH = 8,        // cells of the widest word
    parameter int VALUE = 1,        // bits of the widest value
    parameter bit GRADED = 1'b0,
    parameter bit WHOLE = 1'b0,
    parameter int WORD = 8,
    parameter int ADDRESS = 16,
    parameter int INDEX = 8,
    parameter int CELLS = 1,        // accumulators of a lane and port, without the ring
    parameter int WEIGHT = 8,
    parameter int SUM = 16,
    parameter int DELAY = 0,        // bits of the delay of a synapse
    parameter int RING = 1,         // slots of accumulators
    parameter int NUMBER = 8,
    parameter int FLIGHT = 3,
    parameter int CLEAR = 1,
    parameter int CASTS = 1,
    parameter bit ROUNDS = 1'b0,
    parameter logic [CASTS*8-1:0] SHIFT = '0,
    parameter logic [CASTS*8-1:0] MODE = '0,
    parameter int DENSE_DEPTH = 0,
    parameter int SPARSE_DEPTH = 0,
    parameter int POINTERS = 0,
    parameter DENSE_FILE = "",
    parameter SPARSE_FILE = "",
    parameter POINTER_FILE = "",
    // per link
    parameter logic [LINKS*16-1:0] WORDS = '0,
    parameter logic [LINKS*32-1:0] BASE = '0,
    parameter logic [LINKS*32-1:0] STRIDE = '0,
    parameter logic [LINKS*32-1:0] CELL_STRIDE = '0,
    parameter logic [LINKS-1:0] SPARSE = '0,
    parameter logic [LINKS*32-1:0] ROWS = '0,
    parameter logic [LINKS*16-1:0] LINK_GROUPS = '0,
    parameter logic [LINKS*32-1:0] LINK_INDEX = '0,
    parameter logic [LINKS*8-1:0] PORT = '0,
    parameter logic [LINKS*8-1:0] CAST = '0,
    // per section
    parameter logic [SECTIONS*16-1:0] FIRST = '0,
    parameter logic [SECTIONS*16-1:0] BEYOND = '0,
    parameter logic [SECTIONS*16-1:0] UPDATES = '0,
    parameter logic [SECTIONS*32-1:0] SECTION_INDEX = '0,
    localparam int SW = SECTIONS > 1 ? $clog2(SECTIONS) : 1,
    localparam int CLW = CLEAR > 1 ? $clog2(CLEAR + 1) : 1
) (
    input  logic                         clk, rst,
    input  logic [LINKS-1:0]             link_ready, link_blank,
    input  logic [LINKS*WIDTH-1:0]       link_mask,
    input  logic [LINKS*WIDTH*VALUE-1:0] link_values,
    output logic [WORD-1:0]              link_word,
    output logic                         link_enable,
    output logic [LINKS-1:0]             link_done,
    input  logic [SECTIONS-1:0]          room,
    output logic                         update_valid, update_last,
    output logic [SW-1:0]                section,
    output logic [NUMBER-1:0]            number,
    output logic [UPDATERS*PORTS*SUM-1:0] sums,
    output logic                         clear_valid,
    output logic [CLW-1:0]               clear_index
);
    localparam int LW = LINKS > 1 ? $clog2(LINKS) : 1;
    localparam int BW = WIDTH > 1 ? $clog2(WIDTH) : 1;
    localparam int TW = PORTS > 1 ? $clog2(PORTS) : 1;
    localparam int CW = CASTS > 1 ? $clog2(CASTS) : 1;
    localparam int DB = DELAY > 0 ? DELAY : 1;
    localparam int SLOT = RING > 1 ? $clog2(RING) : 0;
    localparam int FACTORS = WHOLE ? WIDTH : 1;
    localparam int TREE = FACTORS > 1 ? $clog2(FACTORS) : 0;
    localparam int TURNS = LANES / UPDATERS;
    localparam int TURN = TURNS > 1 ? $clog2(TURNS) : 1;
    // cycles from the issue of a row until its accumulator is read: two for the memory, then
    // the multiplier, the rounding and the tree of adders
    localparam int DRAIN = 2 + (GRADED ? (ROUNDS ? 2 : 1) + TREE : 0);
    localparam int DEPTH = RING > 1 ? RING << INDEX : CELLS;
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1;

    logic [INDEX-1:0] group;
    logic [TURN-1:0]  turn;

    // the link in hand
    logic [LW-1:0] link;
    logic          done, event_valid, event_ready, idle, step_done;
    logic [WIDTH-1:0]       mask;
    logic [WIDTH*VALUE-1:0] values;
    // loops, not parts that a product selects: of these some tools make shifters
    always_comb begin
        mask = link_mask[WIDTH-1:0];
        values = link_values[WIDTH*VALUE-1:0];
        for (int l = 1; l < LINKS; l++)
            if (link == LW'(l)) begin
                mask = link_mask[l*WIDTH +: WIDTH];
                values = link_values[l*WIDTH*VALUE +: WIDTH*VALUE];
            end
    end
    for (genvar l = 0; l < LINKS; l++) begin : each_link
        assign link_done[l] = done && link == LW'(l);
    end

    logic [LW-1:0]          event_link;
    logic [ADDRESS-1:0]     event_base;
    logic [BW-1:0]          event_bit;
    logic [WIDTH*VALUE-1:0] event_values;
    sequencer #(
        .LINKS(LINKS), .SECTIONS(SECTIONS), .WIDTH(WIDTH), .VALUE(VALUE), .WHOLE(WHOLE),
        .WORD(WORD), .ADDRESS(ADDRESS), .INDEX(INDEX), .DRAIN(DRAIN), .TURNS(TURNS),
        .NUMBER(NUMBER), .FLIGHT(FLIGHT), .CLEAR(CLEAR), .WORDS(WORDS), .BASE(BASE), .STRIDE(STRIDE), .FIRST(FIRST),
        .BEYOND(BEYOND), .UPDATES(UPDATES)
    ) sequence_of_steps (
        .clk, .rst, .link, .word(link_word), .link_enable,
        .link_ready(link_ready[link]), .link_blank(link_blank[link]),
        .link_mask(mask), .link_values(values), .link_done(done),
        .event_valid, .event_ready, .event_link, .event_base, .event_bit, .event_values, .idle,
        .room, .update_valid, .update_last, .section, .group, .turn, .number, .step_done,
        .clear_valid, .clear_index
    );

    logic                            row_valid;
    logic [LW-1:0]                   row_link;
    logic [TW-1:0]                   row_port;
    logic [FACTORS*VALUE-1:0]        row_values;
    logic [LANES*FACTORS*WEIGHT-1:0] row_weights;
    logic [LANES*INDEX-1:0]          row_index;
    logic [LANES*DB-1:0]             row_delay;
    fetch #(
        .LINKS(LINKS), .LANES(LANES), .WIDTH(WIDTH), .VALUE(VALUE), .GRADED(GRADED),
        .WHOLE(WHOLE), .ADDRESS(ADDRESS), .PORTS(PORTS), .INDEX(INDEX), .WEIGHT(WEIGHT),
        .DELAY(DELAY),
        .DENSE_DEPTH(DENSE_DEPTH), .SPARSE_DEPTH(SPARSE_DEPTH), .POINTERS(POINTERS),
        .DENSE_FILE(DENSE_FILE), .SPARSE_FILE(SPARSE_FILE), .POINTER_FILE(POINTER_FILE),
        .SPARSE(SPARSE), .ROWS(ROWS), .GROUPS(LINK_GROUPS), .PORT(PORT), .CELL_STRIDE(CELL_STRIDE),
        .FIRST_INDEX(LINK_INDEX)
    ) rows (
        .clk, .rst, .event_valid, .event_ready, .event_link, .event_base, .event_bit,
        .event_values, .idle, .row_valid, .row_link, .row_port, .row_values, .row_weights,
        .row_index, .row_delay
    );

    // the accumulators that an update reads, or that are cleared after reset
    wire [INDEX-1:0] cell_at = INDEX'(SECTION_INDEX[section*32 +: 32]) + group;
    wire [CW-1:0] add_cast = CW'(CAST[row_link*8 +: 8]);
    logic [AW-1:0] read_at;
    logic [LANES*AW-1:0] add_at;
    if (RING > 1) begin : ring
        logic [SLOT-1:0] now;
        always_ff @(posedge clk)
            if (rst) now <= '0;
            else if (step_done) now <= (now == SLOT'(RING - 1)) ? '0 : now + 1'b1;
        assign read_at = clear_valid ? AW'(clear_index) : AW'({now, cell_at});
        for (genvar i = 0; i < LANES; i++) begin : each_lane
            wire [SLOT:0] ahead = (SLOT+1)'(now) + (SLOT+1)'(row_delay[i*DB +: DB]);
            wire over = ahead >= (SLOT+1)'(RING);
            wire [SLOT-1:0] slot = SLOT'(over ? ahead - (SLOT+1)'(RING) : ahead);
            assign add_at[i*AW +: AW] = AW'({slot, row_index[i*INDEX +: INDEX]});
        end
    end else begin : no_ring
        wire unused = &{1'b0, step_done, row_delay};
        assign read_at = clear_valid ? AW'(clear_index) : AW'(cell_at);
        for (genvar i = 0; i < LANES; i++) begin : each_lane
            assign add_at[i*AW +: AW] = AW'(row_index[i*INDEX +: INDEX]);
        end
    end

    logic [LANES*PORTS*SUM-1:0] lane_sums;
    for (genvar i = 0; i < LANES; i++) begin : each_lane
        lane #(
            .PORTS(PORTS), .FACTORS(FACTORS), .WEIGHT(WEIGHT), .VALUE(VALUE), .GRADED(GRADED),
            .SUM(SUM), .DEPTH(DEPTH), .CASTS(CASTS), .ROUNDS(ROUNDS), .SHIFT(SHIFT), .MODE(MODE)
        ) adds (
            .clk, .rst, .add_valid(row_valid), .add_port(row_port), .add_cast,
            .add_at(add_at[i*AW +: AW]),
            .add_weights(row_weights[i*FACTORS*WEIGHT +: FACTORS*WEIGHT]),
            .add_values(row_values), .read_valid((update_valid && turn == TURN'(i / UPDATERS)) || clear_valid), .read_at,
            .sums(lane_sums[i*PORTS*SUM +: PORTS*SUM])
        );
    end

    // those whose turn it is
    if (TURNS > 1) begin : in_turns
        logic [TURN-1:0] turn1, turn2;
        always_ff @(posedge clk) begin
            turn1 <= turn;
            turn2 <= turn1;
            for (int t = 0; t < TURNS; t++)
                if (turn2 == TURN'(t))
                    sums <= lane_sums[t*UPDATERS*PORTS*SUM +: UPDATERS*PORTS*SUM];
        end
    end else begin : all_at_once
        assign sums = lane_sums;
    end
endmodule
