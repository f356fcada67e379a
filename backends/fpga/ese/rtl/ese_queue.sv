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

`ifdef FORMAL
    // an arbitrary word that is pushed comes out unchanged, after those before it
    (* anyseq *) logic mark;
    logic started = 1'b0;
    logic marked;
    logic [WIDTH-1:0] kept;
    logic [CW-1:0] ahead;                            // words that come out before it
    wire [CW:0] place = (CW+1)'(first) + (CW+1)'(ahead);
    wire [AW-1:0] kept_at = AW'(place >= (CW+1)'(DEPTH) ? place - (CW+1)'(DEPTH) : place);

    always_ff @(posedge clk) begin
        started <= 1'b1;
        if (push && mark && !marked) begin
            marked <= 1'b1;
            kept <= pushed;
            ahead <= count - CW'(pop);
        end else if (marked && pop) begin
            ahead <= ahead - 1'b1;
            marked <= ahead != '0;
        end
        if (rst) marked <= 1'b0;
    end

    always_comb begin
        if (!started) assume (rst);
        if (started) begin
            assume (!push || count != CW'(DEPTH));
            assume (!pop || count != '0);
            assert (count <= CW'(DEPTH));
            assert (first <= LAST && next <= LAST);
            assert ((CW+1)'(first) + (CW+1)'(count) == (CW+1)'(next)
                || (CW+1)'(first) + (CW+1)'(count) == (CW+1)'(next) + (CW+1)'(DEPTH));
            if (marked) begin
                assert (ahead < count);
                assert (words[kept_at] == kept);
                if (ahead == '0) assert (head == kept);
            end
        end
    end
`endif
endmodule
