// A lane (processing element): it owns rows j mod P of every matrix, with a queue, a compressed
// stream of weights and accumulators of its own. Every weight is read once for all channels.
//
//   before t     a column is read from its buffer, and its pointer here
//   cycle t      it is issued, with its activations
//   t+1          a column without entries ends, another enters the queue
//   t+2          the head of the queue: an entry is read, one in every cycle, till the column ends
//   +1           the entry is there
//   +2           its row; one product per channel
//   +3           the sums of the row are read
//   +4           the products are added, the sums are written
//
// Sums of one row in consecutive cycles are forwarded. Sums wrap to SUM bits, which the compiler has
// proven to hold them or which the semantics of the port says they wrap to.
module ese_lane #(
    parameter int CHANNELS = 2,
    parameter int ACTIVATION = 16,       // bits of an activation
    parameter int WEIGHT = 12,           // bits of a weight
    parameter int SKIP = 4,              // bits that say how many rows an entry skips
    parameter int SUM = 32,              // bits of an accumulator
    parameter int QUEUE = 8,             // columns that wait at most
    parameter int ENTRIES = 2,           // words of the stream
    parameter int COLUMNS = 2,           // of all matrices
    parameter int PORTS = 4,             // banks of sums for the ports of the cells; one more for the outputs
    parameter int CELL_ROWS = 2,         // rows of the cells in a lane
    parameter int OUTPUT_ROWS = 2,       // rows of the outputs in a lane
    parameter ENTRY_FILE = "",
    parameter POINTER_FILE = "",
    localparam int BANKS = PORTS + 1,
    localparam int BW = $clog2(BANKS),
    localparam int CW = (COLUMNS > 1) ? $clog2(COLUMNS) : 1,
    localparam int ROWS = (CELL_ROWS > OUTPUT_ROWS) ? CELL_ROWS : OUTPUT_ROWS,
    localparam int RW = (ROWS > 1) ? $clog2(ROWS) : 1,
    localparam int VECTOR = CHANNELS * ACTIVATION,
    localparam int SUMS = CHANNELS * SUM
) (
    input  logic                    clk,
    input  logic                    rst,
    // columns, to all lanes at once: first where they stand, some cycles later what they are
    input  logic                    fetch,
    input  logic [CW-1:0]           fetch_column,
    input  logic                    issue,
    input  logic                    issue_last,      // of the step
    input  logic [BW-1:0]           issue_bank,
    input  logic [VECTOR-1:0]       issue_vector,
    output logic                    room,            // for a column that is issued in this cycle
    output logic                    cells_idle,      // no work is left for a sum of the cells
    output logic                    outputs_idle,    // none for a sum of the outputs
    // sums: those of a row are there in the cycle after, and 0 from then on
    input  logic                    cells_take,
    input  logic                    outputs_take,
    input  logic [RW-1:0]           take_row,
    output logic [PORTS*SUMS-1:0]   cells_sums,
    output logic [SUMS-1:0]         outputs_sums
);
    localparam int EW = $clog2(ENTRIES + 1);
    localparam int AW = (ENTRIES > 1) ? $clog2(ENTRIES) : 1;
    localparam int NW = $clog2(QUEUE + 7);           // columns under way: in the queue and around it
    localparam logic [BW-1:0] OUTPUTS = BW'(PORTS);

    // --- the pointer of a column: where its entries end; they begin where those before ended --------

    logic              found, found_last, found_empty;
    logic [BW-1:0]     found_bank;
    logic [VECTOR-1:0] found_vector;
    logic [EW-1:0]     pointer, begins, ends;

    ese_rom #(.WIDTH(EW), .DEPTH(COLUMNS), .FILE(POINTER_FILE)) pointers (
        .clk(clk), .read(fetch), .address(fetch_column), .data(pointer)
    );

    assign found_empty = ends == begins;

    always_ff @(posedge clk) begin
        found <= issue && !rst;
        found_last <= issue_last;
        found_bank <= issue_bank;
        found_vector <= issue_vector;
        ends <= pointer;
        if (found) begins <= found_last ? '0 : ends;
        if (rst) begins <= '0;
    end

    // --- the queue ----------------------------------------------------------------------------------

    localparam int QW = $clog2(QUEUE + 1);

    logic              pop;
    logic [QW-1:0]     waiting;
    logic [BW-1:0]     head_bank;
    logic [EW-1:0]     head_begins, head_ends;
    logic [VECTOR-1:0] head_vector;

    ese_queue #(.WIDTH(BW + 2 * EW + VECTOR), .DEPTH(QUEUE)) columns (
        .clk(clk), .rst(rst),
        .push(found && !found_empty),
        .pushed({found_bank, begins, ends, found_vector}),
        .pop(pop), .count(waiting),
        .head({head_bank, head_begins, head_ends, head_vector})
    );

    // --- entries: one in every cycle ----------------------------------------------------------------

    logic                   midway;                  // a column whose first entry has been read
    logic [EW-1:0]          later, address;
    logic [WEIGHT+SKIP-1:0] entry;

    assign address = midway ? later : head_begins;
    assign pop = waiting != '0 && address + 1'b1 == head_ends;

    ese_rom #(.WIDTH(WEIGHT + SKIP), .DEPTH(ENTRIES), .FILE(ENTRY_FILE)) stream (
        .clk(clk), .read(waiting != '0), .address(address[AW-1:0]), .data(entry)
    );

    logic              there, there_top, there_end;
    logic [BW-1:0]     there_bank;
    logic [VECTOR-1:0] there_vector;

    always_ff @(posedge clk) begin
        there <= waiting != '0 && !rst;
        there_top <= !midway;
        there_end <= pop;
        there_bank <= head_bank;
        there_vector <= head_vector;
        later <= address + 1'b1;
        if (waiting != '0) midway <= !pop;
        if (rst) midway <= 1'b0;
    end

    logic                   multiply, multiply_top, multiply_end;
    logic [BW-1:0]          multiply_bank;
    logic [VECTOR-1:0]      multiply_vector;
    logic [WEIGHT+SKIP-1:0] multiply_entry;

    always_ff @(posedge clk) begin
        multiply <= there && !rst;
        multiply_top <= there_top;
        multiply_end <= there_end;
        multiply_bank <= there_bank;
        multiply_vector <= there_vector;
        multiply_entry <= entry;
    end

    // --- rows, products -----------------------------------------------------------------------------

    localparam int TW = ((RW > SKIP) ? RW : SKIP) + 1;

    logic [TW-1:0] row, row_before;
    logic          look, look_end, add, add_end, forward;
    logic [BW-1:0] look_bank, add_bank;
    logic [RW-1:0] look_row, add_row;
    logic [CHANNELS*(WEIGHT+ACTIVATION)-1:0] products;

    wire signed [WEIGHT-1:0] weight = multiply_entry[SKIP +: WEIGHT];

    assign row = TW'(multiply_entry[SKIP-1:0]) + (multiply_top ? '0 : row_before + 1'b1);
    // the sums of this row are being written: they do not come out of their bank
    assign forward = add && add_bank == look_bank && add_row == look_row;

    always_ff @(posedge clk) begin
        if (multiply) row_before <= row;
        look <= multiply && !rst;
        look_end <= multiply_end;
        look_bank <= multiply_bank;
        look_row <= row[RW-1:0];
        add <= look && !rst;
        add_end <= look_end;
        add_bank <= look_bank;
        add_row <= look_row;
    end

    for (genvar c = 0; c < CHANNELS; c++) begin : product
        wire signed [ACTIVATION-1:0] activation = multiply_vector[c*ACTIVATION +: ACTIVATION];
        // two registers: those of a multiplier block
        logic signed [WEIGHT+ACTIVATION-1:0] made, exact;
        always_ff @(posedge clk) begin
            made <= weight * activation;
            exact <= made;
        end
        assign products[c*(WEIGHT+ACTIVATION) +: WEIGHT+ACTIVATION] = exact;
    end

    // --- sums ---------------------------------------------------------------------------------------

    logic [BANKS*SUMS-1:0] stored;
    logic [SUMS-1:0]       earlier, after, forwarded;

    // of the banks of the cells, one at most was read to be added to. While an update takes sums of
    // the cells, what is added goes to the outputs, and the other way round
    always_comb begin
        earlier = (add_bank == OUTPUTS) ? stored[PORTS*SUMS +: SUMS] : '0;
        for (int b = 0; b < PORTS; b++)
            earlier = earlier | ((add_bank == OUTPUTS) ? '0 : stored[b*SUMS +: SUMS]);
        earlier = earlier | forwarded;
    end

    for (genvar c = 0; c < CHANNELS; c++) begin : sum
        wire signed [WEIGHT+ACTIVATION-1:0] exact =
            products[c*(WEIGHT+ACTIVATION) +: WEIGHT+ACTIVATION];
        assign after[c*SUM +: SUM] = earlier[c*SUM +: SUM] + SUM'(exact);
    end

    always_ff @(posedge clk) begin
        if (look && forward) forwarded <= after;
        else forwarded <= '0;
    end

    for (genvar b = 0; b < BANKS; b++) begin : bank
        localparam int DEPTH = (b == PORTS) ? OUTPUT_ROWS : CELL_ROWS;
        localparam int DW = (DEPTH > 1) ? $clog2(DEPTH) : 1;
        wire take = (b == PORTS) ? outputs_take : cells_take;
        wire adds = look && look_bank == BW'(b);
        // addresses stay within the bank also where nothing is read
        wire [DW-1:0] read_row = take ? take_row[DW-1:0] : adds ? look_row[DW-1:0] : '0;
        ese_sums #(.WIDTH(SUMS), .DEPTH(DEPTH)) sums (
            .clk(clk), .rst(rst),
            .read(take || (adds && !forward)), .take(take),
            .read_row(read_row), .read_data(stored[b*SUMS +: SUMS]),
            .write(add && add_bank == BW'(b)), .write_row(add_row[DW-1:0]), .write_data(after)
        );
    end

    assign cells_sums = stored[0 +: PORTS*SUMS];
    assign outputs_sums = stored[PORTS*SUMS +: SUMS];

    // --- what is under way --------------------------------------------------------------------------

    logic [NW-1:0] held, cells_left, outputs_left;

    wire gone = found && found_empty;                // a column that has no entries here
    wire gone_outputs = found_bank == OUTPUTS;
    wire ended = add && add_end;                     // one whose last sum is being written
    wire ended_outputs = add_bank == OUTPUTS;

    assign room = held < NW'(QUEUE);
    assign cells_idle = cells_left == '0;
    assign outputs_idle = outputs_left == '0;

    always_ff @(posedge clk) begin
        held <= held + NW'(issue) - NW'(gone) - NW'(pop);
        cells_left <= cells_left + NW'(issue && issue_bank != OUTPUTS)
            - NW'(gone && !gone_outputs) - NW'(ended && !ended_outputs);
        outputs_left <= outputs_left + NW'(issue && issue_bank == OUTPUTS)
            - NW'(gone && gone_outputs) - NW'(ended && ended_outputs);
        if (rst) begin
            held <= '0;
            cells_left <= '0;
            outputs_left <= '0;
        end
    end
endmodule
