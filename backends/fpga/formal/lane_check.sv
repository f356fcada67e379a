// lane: an accumulator, any of them, is the sum of all that was added to it since it was last read.
module lane_check #(
    parameter int PORTS = 2,
    parameter int PORT = 0,          // the bank that is followed
    parameter int FACTORS = 1,
    parameter bit GRADED = 1'b0,
    parameter bit ROUNDS = 1'b0,
    parameter int DEPTH = 3,
    localparam int WEIGHT = 3,
    localparam int VALUE = 2,
    localparam int SUM = 5,
    localparam int CASTS = 2,
    localparam logic [CASTS*8-1:0] SHIFT = {8'd1, 8'd0},   // cast 0 leaves products, 1 halves them
    localparam logic [CASTS*8-1:0] MODE = {8'd1, 8'd0},
    localparam int BEFORE = GRADED ? (ROUNDS ? 2 : 1) + $clog2(FACTORS) : 0,
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1,
    localparam int TW = PORTS > 1 ? $clog2(PORTS) : 1
) (
    input logic clk, rst, add_valid, add_cast, read_valid,
    input logic [TW-1:0] add_port,
    input logic [AW-1:0] add_at, read_at, choice,
    input logic [FACTORS*WEIGHT-1:0] add_weights,
    input logic [FACTORS*VALUE-1:0] add_values,
    output logic [1:0] seen
);
    logic [PORTS*SUM-1:0] sums;
    lane #(
        .PORTS(PORTS), .FACTORS(FACTORS), .WEIGHT(WEIGHT), .VALUE(VALUE), .GRADED(GRADED),
        .SUM(SUM), .DEPTH(DEPTH), .CASTS(CASTS), .ROUNDS(ROUNDS), .SHIFT(SHIFT), .MODE(MODE)
    ) dut (.*);

    // what an addition adds, by multiplication and division
    logic signed [7:0] product, amount;
    logic signed [WEIGHT-1:0] w;
    logic signed [VALUE-1:0] x;
    always_comb begin
        amount = '0;
        for (int i = 0; i < FACTORS; i++) begin
            w = add_weights[i*WEIGHT +: WEIGHT];
            x = add_values[i*VALUE +: VALUE];
            product = GRADED ? 8'(w) * 8'(x) : 8'(w);
            amount = amount + (ROUNDS && add_cast ? (product + 8'sd1) >>> 1 : product);
        end
    end

    // additions on their way: that which comes in, the one that arrives at the accumulators, and
    // the one that arrived a cycle ago
    localparam int ITEM = 1 + TW + AW + SUM;
    wire [ITEM-1:0] offered = {add_valid && !rst, add_port, add_at, SUM'(amount)};
    logic [(BEFORE+1)*ITEM-1:0] line;
    always_ff @(posedge clk) line <= rst ? '0 : ((BEFORE+1)*ITEM)'({line, offered});
    wire [(BEFORE+2)*ITEM-1:0] items = {line, offered};
    logic arrives, adds;
    logic [TW-1:0] arriving_port, port;
    logic [AW-1:0] arriving_at, at;
    logic [SUM-1:0] arriving, added;
    assign {arrives, arriving_port, arriving_at, arriving} = items[BEFORE*ITEM +: ITEM];
    assign {adds, port, at, added} = items[(BEFORE+1)*ITEM +: ITEM];

    logic [AW-1:0] chosen, due_at;
    logic known, known_before, reads, awaited, fresh, started = 1'b0;
    logic [SUM-1:0] total, due, expected;
    wire arrives_here = arrives && arriving_port == TW'(PORT) && arriving_at == chosen;
    wire adds_here = adds && port == TW'(PORT) && at == chosen;
    wire clears = reads && due_at == chosen;
    always_ff @(posedge clk) begin
        started <= 1'b1;
        if (!started) chosen <= choice;   // any
        fresh <= rst;
        reads <= read_valid;
        due_at <= read_at;
        // `known` once it has been cleared; `total` is what it is when all that has arrived is added
        known <= !rst && (known || (read_valid && read_at == chosen));
        if (read_valid && read_at == chosen) total <= '0;
        else if (arrives_here) total <= total + arriving;
        due <= total;
        expected <= due;
        awaited <= !rst && clears && known_before;
        known_before <= known && !rst;
    end

    always_comb begin
        assume (started || rst);
        assume (32'(add_at) < DEPTH && 32'(read_at) < DEPTH && 32'(add_port) < PORTS);
        // what the engine keeps to: no addition arrives in the cycle of a read, or next to it
        assume (!read_valid || (!arrives && !adds));
        assume (!reads || !arrives);
        // nor the same accumulator twice in a row, but at reset, when it is only cleared
        assume (!reads || !read_valid || fresh || read_at != due_at);
        assume (32'(choice) < DEPTH);
        if (started) assert (32'(chosen) < DEPTH);
        if (started && !rst) begin
            assert (!awaited || sums[PORT*SUM +: SUM] == expected);
            // what induction needs
            assert (dut.sum_valid == arrives && dut.valid2 == adds && dut.clear2 == reads);
            assert (!reads || (dut.at2 == due_at && !adds));
            assert (!arrives || (dut.sum_at == arriving_at && dut.sum_port == arriving_port));
            assert (!arrives || dut.summand == arriving);
            assert (!adds || (dut.at2 == at && dut.port2 == port && dut.summand2 == added));
            if (known) begin
                if (adds_here) assert (dut.bank[PORT].sum == total);
                else if (!clears) assert (dut.bank[PORT].accumulators.memory[chosen] == total);
            end
        end
    end
    // what has to be possible
    assign seen[0] = started && !rst && awaited && expected == SUM'(3) && chosen == AW'(DEPTH - 1);
    assign seen[1] = started && !rst && known && adds_here && arrives_here;
endmodule
