// The order of the work: every column of every matrix, step after step. A column is read from its
// buffer once its value is there, and goes to all lanes once each has room for it.
module ese_sequencer #(
    parameter int MATRICES = 9,
    parameter int COLUMNS = 2,           // of all matrices
    parameter int PORTS = 4,
    parameter int WIDEST = 2,            // columns of the widest matrix
    parameter logic [MATRICES*16-1:0] COLUMNS_OF = '0,
    parameter logic [MATRICES*2-1:0]  SOURCE_OF = '0,   // 0 the inputs, 1 the outputs before, 2 the cells
    parameter logic [MATRICES*8-1:0]  BANK_OF = '0,
    parameter logic [MATRICES-1:0]    ENDS_INPUTS = '0, // the last matrix that reads the inputs
    parameter logic [MATRICES-1:0]    ENDS_CELLS = '0,  // the last one that adds to sums of the cells
    localparam int BW = $clog2(PORTS + 1),
    localparam int CW = (COLUMNS > 1) ? $clog2(COLUMNS) : 1,
    localparam int WW = (WIDEST > 1) ? $clog2(WIDEST) : 1
) (
    input  logic          clk,
    input  logic          rst,
    // buffers
    output logic [WW-1:0] column,
    output logic [2:0]    reads,                     // which buffers would be read
    input  logic [2:0]    there,                     // which have the column
    output logic          fetch,
    output logic [CW-1:0] fetch_column,              // among the columns of all matrices
    output logic          release_inputs,            // with the last read of this step's inputs
    output logic          step_end,                  // with the last read of the step
    output logic          first_step,
    // lanes
    output logic          issue,
    output logic          issue_last,
    output logic [BW-1:0] issue_bank,
    output logic [1:0]    issue_source,
    input  logic          room,
    // sums
    input  logic          cells_idle,
    input  logic          outputs_idle,
    input  logic          outputs_free,
    output logic          cells_start,
    output logic          outputs_start
);
    localparam int MW = (MATRICES > 1) ? $clog2(MATRICES) : 1;
    localparam logic [MW-1:0] LAST = MW'(MATRICES - 1);

    // --- which column is next -----------------------------------------------------------------------

    logic [MW-1:0] matrix;

    wire [15:0]   width = COLUMNS_OF[matrix*16 +: 16];
    wire [1:0]    source = SOURCE_OF[matrix*2 +: 2];
    wire [BW-1:0] bank = BANK_OF[matrix*8 +: BW];
    wire          last = 16'(column) + 16'd1 == width;

    assign reads = 3'b001 << source;
    assign release_inputs = fetch && last && ENDS_INPUTS[matrix];
    assign step_end = fetch && last && matrix == LAST;

    // --- the column that has been read --------------------------------------------------------------

    logic waiting, ends_cells;

    assign fetch = (reads & there) != '0 && (!waiting || issue);
    assign issue = waiting && room;

    always_ff @(posedge clk) begin
        if (fetch) begin
            waiting <= 1'b1;
            issue_last <= step_end;
            issue_bank <= bank;
            issue_source <= source;
            ends_cells <= last && ENDS_CELLS[matrix];
            fetch_column <= step_end ? '0 : fetch_column + 1'b1;
            column <= last ? '0 : column + 1'b1;
            if (last) matrix <= (matrix == LAST) ? '0 : matrix + 1'b1;
        end else if (issue) waiting <= 1'b0;
        if (step_end) first_step <= 1'b0;
        if (rst) begin
            waiting <= 1'b0;
            matrix <= '0;
            column <= '0;
            fetch_column <= '0;
            first_step <= 1'b1;
        end
    end

    // --- element-wise work begins when no lane has a sum to add to any more --------------------------

    logic cells_issued, outputs_issued;

    assign cells_start = cells_issued && cells_idle;
    assign outputs_start = outputs_issued && outputs_idle && outputs_free;

    always_ff @(posedge clk) begin
        if (issue && ends_cells) cells_issued <= 1'b1;
        else if (cells_start) cells_issued <= 1'b0;
        if (issue && issue_last) outputs_issued <= 1'b1;
        else if (outputs_start) outputs_issued <= 1'b0;
        if (rst) begin
            cells_issued <= 1'b0;
            outputs_issued <= 1'b0;
        end
    end
endmodule
