// a * b, its low P bits, of numbers wider than the multipliers of an FPGA: products of limbs of 17
// bits (18 with a sign), then a tree of adders, with a register after the products and after every
// level. New numbers enter in every cycle; it takes 1 + LEVELS cycles.
module multiplier #(
    parameter int A = 18,
    parameter int B = 18,
    parameter int P = A + B
) (
    input  logic                clk,
    input  logic signed [A-1:0] a,
    input  logic signed [B-1:0] b,
    output logic signed [P-1:0] product
);

    localparam int LIMB    = 17;
    localparam int LIMBS_A = (A - 2) / LIMB + 1;
    localparam int LIMBS_B = (B - 2) / LIMB + 1;
    localparam int COUNT   = LIMBS_A * LIMBS_B;
    localparam int LEVELS  = $clog2(COUNT);
    localparam int ALL_A   = LIMBS_A * LIMB + 1;
    localparam int ALL_B   = LIMBS_B * LIMB + 1;
    localparam int BITS    = P < 2 * LIMB + 2 ? P : 2 * LIMB + 2;

    wire signed [ALL_A-1:0] all_a = ALL_A'(a);
    wire signed [ALL_B-1:0] all_b = ALL_B'(b);

    for (genvar n = 0; n < COUNT; n++) begin : part
        localparam int I = n / LIMBS_B;
        localparam int J = n % LIMBS_B;

        // all limbs but the highest are without a sign
        wire sign_a = I == LIMBS_A - 1 && a[A-1];
        wire sign_b = J == LIMBS_B - 1 && b[B-1];
        wire signed [LIMB:0] limb_a = {sign_a, all_a[I*LIMB+:LIMB]};
        wire signed [LIMB:0] limb_b = {sign_b, all_b[J*LIMB+:LIMB]};

        logic signed [BITS-1:0] value;
        always_ff @(posedge clk) value <= BITS'((2*LIMB+2)'(limb_a) * (2*LIMB+2)'(limb_b));
    end

    for (genvar l = 0; l <= LEVELS; l++) begin : level
        localparam int TERMS = (COUNT + (1 << l) - 1) >> l;

        for (genvar n = 0; n < TERMS; n++) begin : term
            logic [P-1:0] value;
            if (l == 0) begin : shifted
                assign value = P'(part[n].value) << ((n / LIMBS_B + n % LIMBS_B) * LIMB);
            end else if (2 * n + 1 < (COUNT + (1 << (l - 1)) - 1) >> (l - 1)) begin : both
                always_ff @(posedge clk) value <= level[l-1].term[2*n].value
                                                + level[l-1].term[2*n+1].value;
            end else begin : single
                always_ff @(posedge clk) value <= level[l-1].term[2*n].value;
            end
        end
    end

    assign product = level[LEVELS].term[0].value;

    // `sign_a` and `sign_b` say the same
    wire unused = &{1'b0, all_a[ALL_A-1], all_b[ALL_B-1]};

endmodule
