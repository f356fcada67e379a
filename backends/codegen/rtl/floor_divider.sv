// floor(dividend / divisor), divisor > 0: a restoring divider with a register after every bit of
// the quotient. A new division begins in every cycle and takes STEPS cycles.
//
// A negative dividend is divided as its complement: floor(a / b) = ~floor(~a / b). The quotient
// must fit its width; then the dividend without its lowest STEPS bits is less than the divisor,
// and only STEPS bits are left to find.
module floor_divider #(
    parameter int DIVIDEND = 16,
    parameter int DIVISOR  = 16,  // at least 2
    parameter int QUOTIENT = 16
) (
    input  logic                       clk,
    input  logic signed [DIVIDEND-1:0] dividend,
    input  logic signed [DIVISOR-1:0]  divisor,
    output logic signed [QUOTIENT-1:0] quotient
);

    localparam int STEPS = QUOTIENT > 1 ? QUOTIENT - 1 : 1;
    localparam int BITS  = DIVISOR - 1;  // of what is positive, without the sign

    wire                     sign      = dividend[DIVIDEND-1];
    wire [BITS+DIVIDEND-1:0] magnitude = {{BITS{1'b0}}, dividend ^ {DIVIDEND{sign}}};

    for (genvar i = 0; i < STEPS; i++) begin : step
        // what this step sees; `low` has bits of the dividend still to come, the next one first,
        // and below them the bits of the quotient that are found
        logic             negative;
        logic [BITS-1:0]  by;
        logic [BITS-1:0]  rest;
        logic [STEPS-1:0] low;

        wire [BITS:0]   shifted    = {rest, low[STEPS-1]};
        wire [BITS+1:0] difference = {1'b0, shifted} - {2'b00, by};
        wire            fits       = ~difference[BITS+1];

        if (i == 0) begin : first
            assign negative = sign;
            assign by       = BITS'(divisor);
            assign rest     = magnitude[STEPS+:BITS];
            assign low      = magnitude[0+:STEPS];
        end else begin : later
            always_ff @(posedge clk) begin
                negative <= step[i-1].negative;
                by       <= step[i-1].by;
                rest     <= step[i-1].fits ? BITS'(step[i-1].difference)
                                           : BITS'(step[i-1].shifted);
                low      <= (step[i-1].low << 1) | STEPS'(step[i-1].bit_found);
            end
        end

        wire bit_found = fits ^ negative;
    end

    wire [STEPS-1:0] found = (step[STEPS-1].low << 1) | STEPS'(step[STEPS-1].bit_found);

    always_ff @(posedge clk) quotient <= QUOTIENT'($signed({step[STEPS-1].negative, found}));

    wire unused = &{1'b0, divisor, magnitude, step[STEPS-1].shifted, step[STEPS-1].difference};

endmodule
