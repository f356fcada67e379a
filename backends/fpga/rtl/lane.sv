// One lane: it adds weight times value to its accumulators, and hands them on to the update.
//
// A product may be rounded before it is added; sums are exact modulo 2^SUM, so that the order of
// events does not matter. Accumulators are numbered by {slot, index}: a synapse with a delay of
// its own adds to a slot ahead of the present one. There is a bank per port; an update reads the
// same number from all of them, and clears it.
module lane #(
    parameter int PORTS = 1,
    parameter int FACTORS = 1,        // products of a word
    parameter int WEIGHT = 8,
    parameter int VALUE = 1,
    parameter bit GRADED = 1'b0,      // values are factors; else weights are added as they are
    parameter int SUM = 16,           // bits of an accumulator
    parameter int DEPTH = 4,          // accumulators of a bank
    parameter int CASTS = 1,          // ways in which products are rounded
    parameter bit ROUNDS = 1'b0,      // any of them is more than leaving them as they are
    parameter logic [CASTS*8-1:0] SHIFT = '0,   // bits that are rounded away
    parameter logic [CASTS*8-1:0] MODE = '0,    // 0 TRN, 1 RND, 2 RND_CONV, 3 TRN_ZERO
    localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1,
    localparam int TW = PORTS > 1 ? $clog2(PORTS) : 1,
    localparam int CW = CASTS > 1 ? $clog2(CASTS) : 1
) (
    input  logic                      clk, rst,
    input  logic                      add_valid,
    input  logic [TW-1:0]             add_port,
    input  logic [CW-1:0]             add_cast,
    input  logic [AW-1:0]             add_at,
    input  logic [FACTORS*WEIGHT-1:0] add_weights,
    input  logic [FACTORS*VALUE-1:0]  add_values,
    input  logic                      read_valid,   // the sums are wanted, and cleared
    input  logic [AW-1:0]             read_at,
    output logic [PORTS*SUM-1:0]      sums          // two cycles later
);
    // the products, and their sum: a register after each multiplier, after the rounding, and at
    // every level of the tree of adders
    localparam int LEVELS = FACTORS > 1 ? $clog2(FACTORS) : 0;
    localparam int LEAVES = 1 << LEVELS;
    localparam int BEFORE = GRADED ? (ROUNDS ? 2 : 1) + LEVELS : 0;
    localparam int PRODUCT = WEIGHT + VALUE;

    logic                  sum_valid;
    logic [TW-1:0]         sum_port;
    logic [AW-1:0]         sum_at;
    logic signed [SUM-1:0] summand;

    if (GRADED) begin : graded
        // node 1 is the sum of all leaves, node i of nodes 2 i and 2 i + 1
        logic [2*LEAVES*SUM-1:SUM] node;
        logic [CW-1:0] cast1;
        always_ff @(posedge clk) cast1 <= add_cast;
        for (genvar i = 0; i < LEAVES; i++) begin : leaf
            if (i < FACTORS) begin : used
                wire signed [WEIGHT-1:0] w = add_weights[i*WEIGHT +: WEIGHT];
                wire signed [VALUE-1:0]  x = add_values[i*VALUE +: VALUE];
                logic signed [PRODUCT-1:0] product;
                always_ff @(posedge clk) product <= w * x;
                if (ROUNDS) begin : rounded
                    logic signed [CASTS*SUM-1:0] ways;
                    for (genvar c = 0; c < CASTS; c++) begin : way
                        round #(.WIDTH(PRODUCT), .RESULT(SUM), .SHIFT(32'(SHIFT[c*8 +: 8])), .MODE(32'(MODE[c*8 +: 8])))
                            round (.value(product), .result(ways[c*SUM +: SUM]));
                    end
                    logic [SUM-1:0] kept;
                    always_ff @(posedge clk)
                        for (int c = 0; c < CASTS; c++)
                            if (cast1 == CW'(c)) kept <= ways[c*SUM +: SUM];
                    assign node[(LEAVES+i)*SUM +: SUM] = kept;
                end else begin : exact
                    wire unused = &{1'b0, cast1, product};
                    assign node[(LEAVES+i)*SUM +: SUM] = SUM'(product);
                end
            end else begin : unused
                assign node[(LEAVES+i)*SUM +: SUM] = '0;
            end
        end
        for (genvar i = 1; i < LEAVES; i++) begin : adder
            logic [SUM-1:0] added;
            always_ff @(posedge clk)
                added <= node[2*i*SUM +: SUM] + node[(2*i+1)*SUM +: SUM];
            assign node[i*SUM +: SUM] = added;
        end
        assign summand = node[SUM +: SUM];

        // what goes along with them
        logic [BEFORE-1:0]    valids;
        logic [BEFORE*TW-1:0] ports;
        logic [BEFORE*AW-1:0] ats;
        always_ff @(posedge clk) begin
            valids <= rst ? '0 : BEFORE'({valids, add_valid});
            ports <= (BEFORE*TW)'({ports, add_port});
            ats <= (BEFORE*AW)'({ats, add_at});
        end
        assign sum_valid = valids[BEFORE-1];
        assign sum_port = ports[(BEFORE-1)*TW +: TW];
        assign sum_at = ats[(BEFORE-1)*AW +: AW];
    end else begin : spikes
        wire signed [WEIGHT-1:0] w = add_weights[WEIGHT-1:0];
        wire unused = &{1'b0, add_values, add_cast, w};
        assign sum_valid = add_valid;
        assign sum_port = add_port;
        assign sum_at = add_at;
        assign summand = SUM'(w);
    end

    // an accumulator is read, a cycle later the summand is added, and the sum written; the next
    // summand for the same accumulator takes it from the register that keeps it
    logic                  valid2, clear2, again2;
    logic [TW-1:0]         port2;
    logic [AW-1:0]         at2;
    logic signed [SUM-1:0] summand2;
    wire [AW-1:0] at = read_valid ? read_at : sum_at;
    always_ff @(posedge clk) begin
        valid2 <= sum_valid && !rst;
        clear2 <= read_valid;
        again2 <= valid2 && sum_at == at2 && sum_port == port2;
        port2 <= sum_port;
        at2 <= at;
        summand2 <= summand;
    end
    for (genvar p = 0; p < PORTS; p++) begin : bank
        wire mine = port2 == TW'(p);
        wire write = clear2 || (valid2 && mine);
        logic signed [SUM-1:0] stored, last, sum;
        wire signed [SUM-1:0] present = again2 ? last : stored;
        assign sum = present + summand2;
        ram #(.DEPTH(DEPTH), .WIDTH(SUM)) accumulators (
            .clk, .write, .write_address(at2), .write_data(clear2 ? '0 : sum),
            .address(at), .data(stored));
        always_ff @(posedge clk) begin
            last <= sum;
            sums[p*SUM +: SUM] <= stored;
        end
    end
endmodule
