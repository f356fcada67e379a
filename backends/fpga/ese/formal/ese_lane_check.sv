// ese_lane: its queue is never given a column that it has no place for, and a product meets all that
// was added to its row before it: by the memory, or forwarded. Streams and pointers are arbitrary.
module ese_lane_check #(
    parameter int QUEUE = 2,
    localparam int SUM = 3
) (
    input logic clk, rst,
    input logic fetch, issue, issue_last, issue_bank,
    input logic [0:0] fetch_column,
    input logic [1:0] issue_vector,
    input logic cells_take, outputs_take,
    input logic [0:0] take_row,
    input logic any_outputs, any_row,
    output logic [4:0] seen
);
    logic room, cells_idle, outputs_idle;
    logic [SUM-1:0] cells_sums, outputs_sums;
    ese_lane #(
        .CHANNELS(1), .ACTIVATION(2), .WEIGHT(2), .SKIP(1), .SUM(SUM), .QUEUE(QUEUE),
        .ENTRIES(3), .COLUMNS(2), .PORTS(1), .CELL_ROWS(2), .OUTPUT_ROWS(2)
    ) dut (.*);

    // the sum of an arbitrary row of an arbitrary bank
    logic started = 1'b0, outputs, row, taken;
    logic [SUM-1:0] total, given;
    wire signed [3:0] exact = dut.products;
    wire here = dut.add && dut.add_bank == outputs && dut.add_row == row;
    wire takes = take_row == row && (outputs ? outputs_take : cells_take);
    wire there = outputs ? dut.bank[1].sums.there[row] : dut.bank[0].sums.there[row];
    wire [SUM-1:0] word = outputs ? dut.bank[1].sums.words[row] : dut.bank[0].sums.words[row];

    always_ff @(posedge clk) begin
        started <= 1'b1;
        outputs <= started ? outputs : any_outputs;
        row <= started ? row : any_row;
        taken <= takes && !rst;
        given <= total;
        if (here) total <= total + SUM'(exact);
        if (takes || rst) total <= '0;
    end

    always_comb begin
        assume (started || rst);
        assume (!issue || room);
        // an update takes sums while no product is on its way to them
        assume (!cells_take || !((dut.look && !dut.look_bank) || (dut.add && !dut.add_bank)));
        assume (!outputs_take || !((dut.look && dut.look_bank) || (dut.add && dut.add_bank)));
        // rows stay in their bank
        assume (!dut.multiply || 32'(dut.row) < 2);
        if (started) begin
            assert (32'(dut.held) == 32'(dut.waiting) + 32'(dut.found));
            assert (32'(dut.held) <= QUEUE);
            assert (!(dut.found && !dut.found_empty) || 32'(dut.waiting) < QUEUE);
            assert (total == (there ? word : '0));
            assert (!here || dut.earlier == total);
            assert (!taken || (outputs ? outputs_sums : cells_sums) == given);
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && 32'(dut.held) == QUEUE;
    assign seen[1] = started && !rst && here && total != '0 && dut.forwarded == '0;
    assign seen[2] = started && !rst && here && dut.forwarded != '0;
    assign seen[3] = started && !rst && taken && given != '0;
    assign seen[4] = started && !rst && dut.found && dut.found_empty;
endmodule
