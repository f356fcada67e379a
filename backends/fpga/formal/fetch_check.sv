// fetch: all words of the row of any event, in their order, after those of the events before it.
module fetch_check #(
    parameter bit GRADED = 1'b1,
    localparam int WIDTH = 2,
    localparam int VALUE = 2
) (
    input logic clk, rst, event_valid, event_link, event_bit, second, pick,
    input logic [WIDTH*VALUE-1:0] event_values,
    output logic [1:0] seen
);
    // link 0 has a matrix with two ports of two groups; link 1 pointers to rows of 2, 0, 1 and 3
    // words, as pointers.mem has them
    wire [4:0] event_base = event_link ? {3'b0, second, 1'b0} : {1'b0, second, 3'b1};
    wire [1:0] pointer = {second, event_bit};
    wire [4:0] start = !event_link ? event_base + (event_bit ? 5'd4 : 5'd0)
        : pointer == 2'd3 ? 5'd3 : pointer == 2'd0 ? 5'd0 : 5'd2;
    wire [2:0] length = !event_link ? 3'd4
        : pointer == 2'd0 ? 3'd2 : pointer == 2'd1 ? 3'd0 : pointer == 2'd2 ? 3'd1 : 3'd3;
    logic event_ready, idle, row_valid, row_link, row_port, row_delay;
    logic [VALUE-1:0] row_values;
    logic [4:0] row_weights;
    logic [1:0] row_index;
    fetch #(
        .LINKS(2), .WIDTH(WIDTH), .VALUE(VALUE), .GRADED(GRADED), .ADDRESS(5), .PORTS(2),
        .INDEX(2), .WEIGHT(5), .DELAY(1), .DENSE_DEPTH(32), .SPARSE_DEPTH(32), .POINTERS(4),
        .POINTER_FILE("pointers.mem"), .SPARSE(2'b10), .ROWS({32'd0, 32'd4}),
        .GROUPS({16'd1, 16'd2}), .PORT({8'd1, 8'd0}), .CELL_STRIDE({32'd1, 32'd4}),
        .FIRST_INDEX({32'd0, 32'd1})
    ) dut (.*);

    // words that are still to come, one event, how many come before those of it, and the next of it
    logic [7:0] due, ahead;
    logic tracked, link, idle_before, taken_before, started = 1'b0;
    logic [4:0] first;
    logic [2:0] size, next;
    logic [VALUE-1:0] value;
    wire taken = event_valid && event_ready;
    always_ff @(posedge clk) begin
        started <= 1'b1;
        idle_before <= idle;
        taken_before <= taken;
        if (rst) begin
            due <= '0;
            tracked <= 1'b0;
            idle_before <= 1'b1;
            taken_before <= 1'b0;
        end else begin
            due <= due + (taken ? 8'(length) : 8'd0) - 8'(row_valid);
            if (!tracked && taken && pick && length != 0) begin
                tracked <= 1'b1;
                link <= event_link;
                first <= start;
                size <= length;
                next <= '0;
                ahead <= due - 8'(row_valid);
                value <= GRADED ? event_values[event_bit*VALUE +: VALUE] : VALUE'(1);
            end else if (tracked && row_valid) begin
                if (ahead != 0) ahead <= ahead - 8'd1;
                else begin
                    next <= next + 3'd1;
                    tracked <= next + 3'd1 != size;
                end
            end
        end
    end

    wire [4:0] address = first + 5'(next);
    always_comb begin
        assume (started || rst);
        if (started && !rst) begin
            assert (!row_valid || due != 0);
            assert (!idle || due == 8'(dut.valid4) + 8'(dut.valid5));
            assert (!taken_before || !idle);
            assert (taken_before || !idle_before || idle);
            if (tracked && row_valid && ahead == 0) begin
                assert (row_link == link && row_weights == address && row_values == value);
                assert (row_index == (link ? address[1:0] : 2'd1 + {1'b0, next[0]}));
                assert (row_port == (link ? 1'b1 : next[1]));
                assert (row_delay == (link && address[2]));
            end
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && tracked && row_valid && ahead == 0 && link && next == 3'd2;
    assign seen[1] = started && !rst && event_valid && !event_ready;
endmodule
