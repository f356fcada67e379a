// From events to rows of weights: one word of a row, with a weight (or more) per lane, a cycle.
//
// An event is located first: a dense row has ROWS words from its address on, those of all GROUPS
// of a port and then those of the next port; for a sparse one a pointer says where its row begins
// and how many words it has, perhaps none. Then the words of the row are read, and leave two
// cycles later with what the lanes need.
module fetch #(
    parameter int LINKS = 1,
    parameter int LANES = 1,
    parameter int WIDTH = 8,         // cells of the widest word
    parameter int VALUE = 1,         // bits of the widest value
    parameter bit GRADED = 1'b0,     // values are sent, not only spikes
    parameter bit WHOLE = 1'b0,      // an event is a word, with a value per cell
    parameter int ADDRESS = 16,      // bits of an address
    parameter int PORTS = 1,
    parameter int INDEX = 8,         // bits of the number of an accumulator
    parameter int WEIGHT = 8,        // bits of a weight
    parameter int DELAY = 0,         // bits of the delay of a synapse, 0: none has its own
    parameter int DENSE_DEPTH = 0,
    parameter int SPARSE_DEPTH = 0,
    parameter int POINTERS = 0,
    parameter DENSE_FILE = "",
    parameter SPARSE_FILE = "",
    parameter POINTER_FILE = "",
    // per link
    parameter logic [LINKS-1:0] SPARSE = '0,
    parameter logic [LINKS*32-1:0] ROWS = '0,
    parameter logic [LINKS*16-1:0] GROUPS = '0,
    parameter logic [LINKS*8-1:0] PORT = '0,          // the first that a row adds to
    parameter logic [LINKS*32-1:0] CELL_STRIDE = '0,  // from the address of a cell to the next
    parameter logic [LINKS*32-1:0] FIRST_INDEX = '0,  // accumulator of group 0
    localparam int LW = LINKS > 1 ? $clog2(LINKS) : 1,
    localparam int BW = WIDTH > 1 ? $clog2(WIDTH) : 1,
    localparam int TW = PORTS > 1 ? $clog2(PORTS) : 1,
    localparam int FACTORS = WHOLE ? WIDTH : 1,
    localparam int DB = DELAY > 0 ? DELAY : 1,
    localparam int ENTRY = DELAY + INDEX + WEIGHT     // of a sparse row, per lane
) (
    input  logic                            clk, rst,
    input  logic                            event_valid,
    output logic                            event_ready,
    input  logic [LW-1:0]                   event_link,
    input  logic [ADDRESS-1:0]              event_base,
    input  logic [BW-1:0]                   event_bit,
    input  logic [WIDTH*VALUE-1:0]          event_values,
    output logic                            idle,
    // a word of a row
    output logic                            row_valid,
    output logic [LW-1:0]                   row_link,
    output logic [TW-1:0]                   row_port,
    output logic [FACTORS*VALUE-1:0]        row_values,
    output logic [LANES*FACTORS*WEIGHT-1:0] row_weights,
    output logic [LANES*INDEX-1:0]          row_index,
    output logic [LANES*DB-1:0]             row_delay
);
    // stage 1: the event, as it was offered
    logic                   valid1;
    logic [LW-1:0]          link1;
    logic [ADDRESS-1:0]     base1;
    logic [BW-1:0]          bit1;
    logic [WIDTH*VALUE-1:0] values1;
    // stage 2: its row
    logic                     valid2;
    logic [LW-1:0]            link2;
    logic [ADDRESS-1:0]       start2;
    logic [FACTORS*VALUE-1:0] values2;
    // issue: the word of the row that is read in this cycle
    logic                     busy;
    logic [LW-1:0]            link3;
    logic [ADDRESS-1:0]       row;
    logic [ADDRESS-1:0]       left;
    logic                     last;        // it is 1
    logic [INDEX-1:0]         index;
    logic [TW-1:0]            port3;
    logic [FACTORS*VALUE-1:0] values3;

    // the address of a cell within its word, out of tables: products take long
    wire [LINKS*ADDRESS-1:0] offsets;
    for (genvar l = 0; l < LINKS; l++) begin : each_link
        wire [WIDTH*ADDRESS-1:0] of_cells;
        for (genvar i = 0; i < WIDTH; i++) begin : each_cell
            assign of_cells[i*ADDRESS +: ADDRESS] = ADDRESS'(i * CELL_STRIDE[l*32 +: 32]);
        end
        assign offsets[l*ADDRESS +: ADDRESS] = of_cells[bit1*ADDRESS +: ADDRESS];
    end
    wire [ADDRESS-1:0] address1 = base1 + offsets[link1*ADDRESS +: ADDRESS];
    wire bit_unused = &{1'b0, bit1};
    wire sparse2 = SPARSE[link2];
    logic [ADDRESS-1:0] pointed_start, pointed_count;
    wire [ADDRESS-1:0] start = sparse2 ? pointed_start : start2;
    wire [ADDRESS-1:0] count = sparse2 ? pointed_count : ADDRESS'(ROWS[link2*32 +: 32]);

    wire [INDEX-1:0] first3 = INDEX'(FIRST_INDEX[link3*32 +: 32]);
    wire [INDEX-1:0] groups3 = INDEX'(GROUPS[link3*16 +: 16] - 16'd1);
    wire port_done = index == first3 + groups3;

    wire accept = !busy || last;
    wire empty  = sparse2 && pointed_count == '0;
    wire leave2 = valid2 && (accept || empty);
    wire move   = valid1 && (!valid2 || leave2);
    assign event_ready = !valid1 || move;
    assign idle = !valid1 && !valid2 && !busy;

    logic [FACTORS*VALUE-1:0] chosen;
    if (WHOLE) begin : whole
        assign chosen = values1;
    end else if (GRADED) begin : graded
        always_comb begin
            chosen = values1[VALUE-1:0];
            for (int i = 1; i < WIDTH; i++)
                if (bit1 == BW'(i)) chosen = values1[i*VALUE +: VALUE];
        end
    end else begin : spikes
        wire unused = &{1'b0, values1};
        assign chosen = VALUE'(1);
    end

    always_ff @(posedge clk) begin
        if (event_valid && event_ready) begin
            link1 <= event_link;
            base1 <= event_base;
            bit1 <= event_bit;
            values1 <= event_values;
        end
        if (move) begin
            link2 <= link1;
            start2 <= address1;
            values2 <= chosen;
        end
        if (valid2 && accept && !empty) begin
            link3 <= link2;
            row <= start;
            left <= count;
            last <= count == ADDRESS'(1);
            index <= INDEX'(FIRST_INDEX[link2*32 +: 32]);
            port3 <= TW'(PORT[link2*8 +: 8]);
            values3 <= values2;
        end else begin
            row <= row + 1'b1;
            left <= left - 1'b1;
            last <= left == ADDRESS'(2);
            index <= port_done ? first3 : index + 1'b1;
            if (port_done && !SPARSE[link3]) port3 <= port3 + 1'b1;
        end
        if (rst) begin
            valid1 <= 1'b0;
            valid2 <= 1'b0;
            busy <= 1'b0;
        end else begin
            if (event_ready) valid1 <= event_valid;
            if (move || leave2) valid2 <= move;
            if (accept) busy <= valid2 && !empty;
        end
    end

    // the words that are read: their address is out in the cycle of issue, they are there in the
    // next, and registered in the one after that
    logic                     valid4, valid5, sparse4;
    logic [LW-1:0]            link4, link5;
    logic [TW-1:0]            port4, port5;
    logic [FACTORS*VALUE-1:0] values4, values5;
    logic [INDEX-1:0]         index4;
    always_ff @(posedge clk) begin
        valid4 <= busy && !rst;
        valid5 <= valid4 && !rst;
        link4 <= link3;
        link5 <= link4;
        port4 <= port3;
        port5 <= port4;
        sparse4 <= SPARSE[link3];
        values4 <= values3;
        values5 <= values4;
        index4 <= index;
    end
    assign row_valid = valid5;
    assign row_link = link5;
    assign row_port = port5;
    assign row_values = values5;

    logic [LANES*FACTORS*WEIGHT-1:0] dense;
    if (DENSE_DEPTH > 0) begin : dense_rows
        localparam int RW = DENSE_DEPTH > 1 ? $clog2(DENSE_DEPTH) : 1;
        rom #(.DEPTH(DENSE_DEPTH), .WIDTH(LANES * FACTORS * WEIGHT), .FILE(DENSE_FILE))
            rows (.clk, .address(RW'(row)), .data(dense));
    end else begin : no_dense_rows
        assign dense = '0;
    end

    if (SPARSE_DEPTH > 0) begin : sparse_rows
        localparam int PW = POINTERS > 1 ? $clog2(POINTERS) : 1;
        localparam int RW = SPARSE_DEPTH > 1 ? $clog2(SPARSE_DEPTH) : 1;
        logic [2*ADDRESS-1:0] pointer [0:POINTERS-1];
        logic [LANES*ENTRY-1:0] entries;
        initial $readmemh(POINTER_FILE, pointer);
        always_ff @(posedge clk)
            if (move) {pointed_start, pointed_count} <= pointer[PW'(address1)];
        rom #(.DEPTH(SPARSE_DEPTH), .WIDTH(LANES * ENTRY), .FILE(SPARSE_FILE))
            rows (.clk, .address(RW'(row)), .data(entries));
        for (genvar i = 0; i < LANES; i++) begin : lane
            wire [ENTRY-1:0] entry = entries[i*ENTRY +: ENTRY];
            wire [FACTORS*WEIGHT-1:0] w = dense[i*FACTORS*WEIGHT +: FACTORS*WEIGHT];
            always_ff @(posedge clk) begin
                row_weights[i*FACTORS*WEIGHT +: FACTORS*WEIGHT] <=
                    sparse4 ? (FACTORS*WEIGHT)'(entry[WEIGHT-1:0]) : w;
                row_index[i*INDEX +: INDEX] <= sparse4 ? entry[WEIGHT +: INDEX] : index4;
            end
            if (DELAY > 0) begin : delays
                always_ff @(posedge clk)
                    row_delay[i*DB +: DB] <= sparse4 ? entry[WEIGHT+INDEX +: DB] : '0;
            end else begin : no_delays
                assign row_delay[i*DB +: DB] = '0;
            end
        end
    end else begin : no_sparse_rows
        wire unused = sparse4;
        assign pointed_start = '0;
        assign pointed_count = '0;
        assign row_delay = '0;
        always_ff @(posedge clk) begin
            row_weights <= dense;
            for (int i = 0; i < LANES; i++) row_index[i*INDEX +: INDEX] <= index4;
        end
    end
endmodule
