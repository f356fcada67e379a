// Sparse matrix engine for an LSTM with projection, after ESE (Han et al. 2017). One step:
//
//   sums of the cells    += W x(t), then W y(t-1)      all lanes, column after column
//   m(t)                  = update of the cells         one cell of all channels in a cycle,
//                                                       while products of the next line run behind it
//   sums of the outputs  += W m(t)
//   y(t)                  = update of the outputs       while the products of x(t+1) run
//
// Sums stay in the lanes until an update takes them: they are written nowhere else, and what x and y
// add to one port meets there. The two updates are generated and stand outside.
module ese_engine #(
    parameter int LANES = 2,
    parameter int CHANNELS = 2,
    parameter int ACTIVATION = 16,
    parameter int WEIGHT = 12,
    parameter int SKIP = 4,
    parameter int SUM = 32,
    parameter int QUEUE = 8,
    parameter int ENTRIES = 2,
    parameter int MATRICES = 9,
    parameter int COLUMNS = 2,
    parameter logic [MATRICES*16-1:0] COLUMNS_OF = '0,
    parameter logic [MATRICES*2-1:0]  SOURCE_OF = '0,
    parameter logic [MATRICES*8-1:0]  BANK_OF = '0,
    parameter logic [MATRICES-1:0]    ENDS_INPUTS = '0,
    parameter logic [MATRICES-1:0]    ENDS_CELLS = '0,
    parameter int PORTS = 4,
    parameter int INPUTS = 2,
    parameter int CELLS = 2,
    parameter int CELL_STATES = 1,
    parameter int CELL_PARAMETERS = 1,
    parameter int CELL_LATENCY = 1,
    parameter int OUTPUTS = 2,
    parameter int OUTPUT_STATES = 1,
    parameter int OUTPUT_PARAMETERS = 1,
    parameter int OUTPUT_LATENCY = 1,
    parameter ENTRY_FILE = "entries_",               // followed by the lane and .mem
    parameter POINTER_FILE = "pointers_",
    parameter CELL_FILE = "cells.mem",
    parameter OUTPUT_FILE = "outputs.mem",
    localparam int VECTOR = CHANNELS * ACTIVATION,
    localparam int SUMS = CHANNELS * SUM
) (
    input  logic                                clk,
    input  logic                                rst,
    // a step: its inputs in order, all channels in a beat
    input  logic                                in_valid,
    output logic                                in_ready,
    input  logic [VECTOR-1:0]                   in_data,
    output logic                                out_valid,
    input  logic                                out_ready,
    output logic [VECTOR-1:0]                   out_data,
    output logic                                out_last,
    // the update of the cells: sums by port, then channel
    output logic [PORTS*SUMS-1:0]               cell_sums,
    output logic [CHANNELS*CELL_STATES-1:0]     cell_states,
    output logic [CELL_PARAMETERS-1:0]          cell_parameters,
    input  logic [CHANNELS*CELL_STATES-1:0]     cell_next,
    input  logic [VECTOR-1:0]                   cell_sent,
    output logic                                cell_valid,
    // the update of the outputs
    output logic [SUMS-1:0]                     output_sums,
    output logic [CHANNELS*OUTPUT_STATES-1:0]   output_states,
    output logic [OUTPUT_PARAMETERS-1:0]        output_parameters,
    input  logic [CHANNELS*OUTPUT_STATES-1:0]   output_next,
    input  logic [VECTOR-1:0]                   output_sent,
    output logic                                output_valid
);
    localparam int CELL_ROWS = (CELLS + LANES - 1) / LANES;
    localparam int OUTPUT_ROWS = (OUTPUTS + LANES - 1) / LANES;
    localparam int ROWS = (CELL_ROWS > OUTPUT_ROWS) ? CELL_ROWS : OUTPUT_ROWS;
    localparam int RW = (ROWS > 1) ? $clog2(ROWS) : 1;
    localparam int CRW = (CELL_ROWS > 1) ? $clog2(CELL_ROWS) : 1;
    localparam int ORW = (OUTPUT_ROWS > 1) ? $clog2(OUTPUT_ROWS) : 1;
    localparam int WIDEST = (INPUTS > CELLS)
        ? ((INPUTS > OUTPUTS) ? INPUTS : OUTPUTS)
        : ((CELLS > OUTPUTS) ? CELLS : OUTPUTS);
    localparam int WW = (WIDEST > 1) ? $clog2(WIDEST) : 1;
    localparam int IW = (INPUTS > 1) ? $clog2(INPUTS) : 1;
    localparam int JW = (CELLS > 1) ? $clog2(CELLS) : 1;
    localparam int OW = (OUTPUTS > 1) ? $clog2(OUTPUTS) : 1;
    localparam int JN = $clog2(CELLS + 1);
    localparam int ON = $clog2(OUTPUTS + 1);
    localparam int CW = (COLUMNS > 1) ? $clog2(COLUMNS) : 1;
    localparam int BW = $clog2(PORTS + 1);

    // --- the sequencer and the buffers it reads -------------------------------------------------------

    logic [WW-1:0]     column;
    logic [2:0]        reads, there;
    logic              fetch, release_inputs, step_end, first_step;
    logic              issue, issue_last;
    logic [CW-1:0]     fetch_column;
    logic [BW-1:0]     issue_bank;
    logic [1:0]        issue_source;
    logic [VECTOR-1:0] issue_vector, x, y, m;
    logic [LANES-1:0]  room, cells_idle, outputs_idle;
    logic              cells_start, outputs_start, outputs_free;
    logic [JN-1:0]     cells_count;
    logic [ON-1:0]     outputs_count;

    assign there[1] = 32'(outputs_count) > 32'(column);
    assign there[2] = 32'(cells_count) > 32'(column);

    ese_sequencer #(
        .MATRICES(MATRICES), .COLUMNS(COLUMNS), .PORTS(PORTS), .WIDEST(WIDEST),
        .COLUMNS_OF(COLUMNS_OF), .SOURCE_OF(SOURCE_OF), .BANK_OF(BANK_OF),
        .ENDS_INPUTS(ENDS_INPUTS), .ENDS_CELLS(ENDS_CELLS)
    ) sequencer (
        .clk(clk), .rst(rst),
        .column(column), .reads(reads), .there(there), .fetch(fetch), .fetch_column(fetch_column),
        .release_inputs(release_inputs), .step_end(step_end), .first_step(first_step),
        .issue(issue), .issue_last(issue_last), .issue_bank(issue_bank), .issue_source(issue_source), .room(&room),
        .cells_idle(&cells_idle), .outputs_idle(&outputs_idle), .outputs_free(outputs_free),
        .cells_start(cells_start), .outputs_start(outputs_start)
    );

    ese_input #(.WIDTH(VECTOR), .COLUMNS(INPUTS)) inputs (
        .clk(clk), .rst(rst),
        .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
        .column(reads[0] ? column[IW-1:0] : '0), .there(there[0]),
        .read(fetch && reads[0]), .release_step(release_inputs), .read_data(x)
    );

    always_comb begin
        case (issue_source)
            2'd0: issue_vector = x;
            2'd1: issue_vector = first_step ? '0 : y;
            default: issue_vector = m;
        endcase
    end

    // --- lanes ----------------------------------------------------------------------------------------

    logic [LANES*PORTS*SUMS-1:0] lane_cell_sums;
    logic [LANES*SUMS-1:0]       lane_output_sums;
    logic                        cells_take, outputs_take;
    logic [LANES-1:0]            cells_lane, outputs_lane;
    logic [CRW-1:0]              cells_row;
    logic [ORW-1:0]              outputs_row;
    logic [RW-1:0]               take_row;

    // the two updates are never at work at once: each waits for what the other gave
    assign take_row = outputs_take ? RW'(outputs_row) : RW'(cells_row);

    for (genvar k = 0; k < LANES; k++) begin : lane
        localparam int D2 = 48 + k / 100;
        localparam int D1 = 48 + k / 10 % 10;
        localparam int D0 = 48 + k % 10;
        ese_lane #(
            .CHANNELS(CHANNELS), .ACTIVATION(ACTIVATION), .WEIGHT(WEIGHT), .SKIP(SKIP), .SUM(SUM),
            .QUEUE(QUEUE), .ENTRIES(ENTRIES), .COLUMNS(COLUMNS), .PORTS(PORTS),
            .CELL_ROWS(CELL_ROWS), .OUTPUT_ROWS(OUTPUT_ROWS),
            .ENTRY_FILE({ENTRY_FILE, D2[7:0], D1[7:0], D0[7:0], ".mem"}),
            .POINTER_FILE({POINTER_FILE, D2[7:0], D1[7:0], D0[7:0], ".mem"})
        ) element (
            .clk(clk), .rst(rst),
            .fetch(fetch), .fetch_column(fetch_column),
            .issue(issue), .issue_last(issue_last), .issue_bank(issue_bank), .issue_vector(issue_vector),
            .room(room[k]), .cells_idle(cells_idle[k]), .outputs_idle(outputs_idle[k]),
            .cells_take(cells_take && cells_lane[k]),
            .outputs_take(outputs_take && outputs_lane[k]), .take_row(take_row),
            .cells_sums(lane_cell_sums[k*PORTS*SUMS +: PORTS*SUMS]),
            .outputs_sums(lane_output_sums[k*SUMS +: SUMS])
        );
    end

    // --- the element-wise work ------------------------------------------------------------------------

    ese_drain #(
        .CELLS(CELLS), .LANES(LANES), .SUMS(PORTS*SUMS), .STATES(CELL_STATES),
        .PARAMETERS(CELL_PARAMETERS), .CHANNELS(CHANNELS), .RESULT(VECTOR),
        .LATENCY(CELL_LATENCY), .FULL(1'b0), .FILE(CELL_FILE)
    ) cells (
        .clk(clk), .rst(rst), .start(cells_start),
        .take(cells_take), .take_lane(cells_lane), .take_row(cells_row),
        .lane_sums(lane_cell_sums),
        .sums(cell_sums), .states(cell_states), .parameters(cell_parameters),
        .next_states(cell_next), .sent(cell_sent),
        .forget(step_end), .count(cells_count), .result_valid(cell_valid),
        .read(fetch && reads[2]), .read_cell(reads[2] ? column[JW-1:0] : '0), .read_data(m)
    );

    ese_drain #(
        .CELLS(OUTPUTS), .LANES(LANES), .SUMS(SUMS), .STATES(OUTPUT_STATES),
        .PARAMETERS(OUTPUT_PARAMETERS), .CHANNELS(CHANNELS), .RESULT(VECTOR),
        .LATENCY(OUTPUT_LATENCY), .FULL(1'b1), .FILE(OUTPUT_FILE)
    ) outputs (
        .clk(clk), .rst(rst), .start(outputs_start),
        .take(outputs_take), .take_lane(outputs_lane), .take_row(outputs_row),
        .lane_sums(lane_output_sums),
        .sums(output_sums), .states(output_states), .parameters(output_parameters),
        .next_states(output_next), .sent(output_sent),
        .forget(step_end), .count(outputs_count), .result_valid(output_valid),
        .read(fetch && reads[1]), .read_cell(reads[1] ? column[OW-1:0] : '0), .read_data(y)
    );

    ese_output #(.WIDTH(VECTOR), .CELLS(OUTPUTS)) sender (
        .clk(clk), .rst(rst),
        .write(output_valid), .write_data(output_sent), .free(outputs_free),
        .out_valid(out_valid), .out_ready(out_ready), .out_data(out_data), .out_last(out_last)
    );
endmodule
