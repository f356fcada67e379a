// Element-wise work: takes the sums of one cell after the other, through an update pipeline that the
// compiler generates, and keeps states and results. The pipeline stands outside: values that enter it
// in a cycle leave it LATENCY cycles later.
//
//   cycle t      the row of the cell is addressed in its lane; its states and parameters too
//   t+1          they are there
//   t+2          they enter the update
//   +LATENCY     results leave it and are written
module ese_drain #(
    parameter int CELLS = 2,
    parameter int LANES = 2,
    parameter int SUMS = 8,              // bits of the sums of a cell, all ports and channels
    parameter int STATES = 1,            // bits of the states of a cell, one channel
    parameter int PARAMETERS = 1,        // bits of its parameters
    parameter int CHANNELS = 2,
    parameter int RESULT = 8,            // bits of a result, all channels
    parameter int LATENCY = 1,
    parameter bit FULL = 1'b0,           // after reset all results count as there
    parameter FILE = "",                 // per cell: its first states, then its parameters
    localparam int ROWS = (CELLS + LANES - 1) / LANES,
    localparam int RW = (ROWS > 1) ? $clog2(ROWS) : 1,
    localparam int AW = (CELLS > 1) ? $clog2(CELLS) : 1,
    localparam int NW = $clog2(CELLS + 1)
) (
    input  logic                        clk,
    input  logic                        rst,
    input  logic                        start,
    output logic                        take,
    output logic [LANES-1:0]            take_lane,   // one of them
    output logic [RW-1:0]               take_row,
    input  logic [LANES*SUMS-1:0]       lane_sums,
    // the update
    output logic [SUMS-1:0]             sums,
    output logic [CHANNELS*STATES-1:0]  states,
    output logic [PARAMETERS-1:0]       parameters,
    input  logic [CHANNELS*STATES-1:0]  next_states,
    input  logic [RESULT-1:0]           sent,
    // results
    input  logic                        forget,      // the count starts again
    output logic [NW-1:0]               count,       // results that can be read
    output logic                        result_valid,
    input  logic                        read,
    input  logic [AW-1:0]               read_cell,
    output logic [RESULT-1:0]           read_data
);
    localparam logic [AW-1:0] LAST = AW'(CELLS - 1);
    localparam int STAGES = LATENCY + 2;

    // --- addresses ----------------------------------------------------------------------------------

    logic [AW-1:0]    cell_number;
    logic [LANES-1:0] chosen;
    logic             first;                         // the first step: states are as they begin

    assign take_lane = chosen;

    always_ff @(posedge clk) begin
        if (start) begin
            take <= 1'b1;
            cell_number <= '0;
            chosen <= LANES'(1);
            take_row <= '0;
        end else if (take) begin
            take <= cell_number != LAST;
            cell_number <= (cell_number == LAST) ? '0 : cell_number + 1'b1;
            chosen <= (chosen << 1) | LANES'(chosen[LANES-1]);
            if (chosen[LANES-1]) take_row <= take_row + 1'b1;
        end
        if (rst) take <= 1'b0;
    end

    // --- what enters the update ---------------------------------------------------------------------

    logic [CHANNELS*STATES-1:0]             kept;
    logic [STATES+PARAMETERS-1:0]           constants;
    logic [SUMS-1:0]                        selected;

    ese_rom #(.WIDTH(STATES + PARAMETERS), .DEPTH(CELLS), .FILE(FILE)) constant (
        .clk(clk), .read(take), .address(cell_number), .data(constants)
    );

    // lanes whose row is not taken read 0: nothing is added to these sums until all have been taken,
    // for what would be added is read after the last result
    always_comb begin
        selected = '0;
        for (int k = 0; k < LANES; k++) selected = selected | lane_sums[k*SUMS +: SUMS];
    end

    always_ff @(posedge clk) begin
        sums <= selected;
        states <= first ? {CHANNELS{constants[PARAMETERS +: STATES]}} : kept;
        parameters <= constants[PARAMETERS-1:0];
    end

    // --- what leaves it -----------------------------------------------------------------------------

    logic [STAGES-1:0] under_way;
    logic [AW-1:0]     done;

    assign result_valid = under_way[STAGES-1];

    always_ff @(posedge clk) begin
        under_way <= {under_way[STAGES-2:0], take};
        if (result_valid) begin
            done <= (done == LAST) ? '0 : done + 1'b1;
            count <= count + 1'b1;
            if (done == LAST) first <= 1'b0;
        end
        if (forget) count <= '0;
        if (rst) begin
            under_way <= '0;
            done <= '0;
            first <= 1'b1;
            count <= FULL ? NW'(CELLS) : '0;
        end
    end

    ese_ram #(.WIDTH(CHANNELS * STATES), .DEPTH(CELLS)) state (
        .clk(clk),
        .read(take), .read_address(cell_number), .read_data(kept),
        .write(result_valid), .write_address(done), .write_data(next_states)
    );

    ese_ram #(.WIDTH(RESULT), .DEPTH(CELLS)) result (
        .clk(clk),
        .read(read), .read_address(read_cell), .read_data(read_data),
        .write(result_valid), .write_address(done), .write_data(sent)
    );
endmodule
