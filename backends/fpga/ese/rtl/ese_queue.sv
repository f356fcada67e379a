// Queue of DEPTH words. What is pushed is at the head in the cycle after, if it is the only one.
// Whoever pushes knows that there is room: nothing is lost, and nothing is held up.
module ese_queue #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 8,
    localparam int CW = $clog2(DEPTH + 1)
) (
    input  logic             clk,
    input  logic             rst,
    input  logic             push,
    input  logic [WIDTH-1:0] pushed,
    input  logic             pop,
    output logic [CW-1:0]    count,
    output logic [WIDTH-1:0] head
);
    localparam int AW = (DEPTH > 1) ? $clog2(DEPTH) : 1;
    localparam logic [AW-1:0] LAST = AW'(DEPTH - 1);

    logic [WIDTH-1:0] words [0:DEPTH-1];
    logic [AW-1:0] first, next;

    assign head = words[first];

    always_ff @(posedge clk) begin
        if (push) begin
            words[next] <= pushed;
            next <= (next == LAST) ? '0 : next + 1'b1;
        end
        if (pop) first <= (first == LAST) ? '0 : first + 1'b1;
        if (push && !pop) count <= count + 1'b1;
        if (pop && !push) count <= count - 1'b1;
        if (rst) begin
            first <= '0;
            next <= '0;
            count <= '0;
        end
    end
endmodule
