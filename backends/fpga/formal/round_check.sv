// round: for every value the result is what the mode of `ap_fixed` says, by how far it is from the value.
module round_check #(
    parameter int WIDTH = 6,
    parameter int MOST = 7,      // shifts up to this
    localparam int WIDE = WIDTH + MOST + 3
) (
    input logic signed [WIDTH-1:0] value,
    output logic [0:0] seen
);
    for (genvar s = 0; s <= MOST; s++) begin : shift
        for (genvar m = 0; m < 4; m++) begin : mode
            logic signed [WIDTH+1:0] result;
            logic signed [WIDTH-3:0] narrow;
            round #(.WIDTH(WIDTH), .RESULT(WIDTH + 2), .SHIFT(s), .MODE(m)) dut (.value, .result);
            round #(.WIDTH(WIDTH), .RESULT(WIDTH - 2), .SHIFT(s), .MODE(m)) cut (.value, .result(narrow));
            // value - result * 2^s, beside a unit of the result
            wire signed [WIDE-1:0] off = WIDE'(value) - (WIDE'(result) <<< s);
            wire signed [WIDE-1:0] unit = WIDE'(1) <<< s;
            wire signed [WIDE-1:0] twice = off <<< 1;
            always_comb begin
                assert (narrow == result[WIDTH-3:0]);
                case (m)
                    0: assert (off >= 0 && off < unit);
                    1: assert (twice >= -unit && twice < unit);
                    2: assert (twice >= -unit && twice <= unit
                        && ((twice != unit && twice != -unit) || !result[0]));
                    default: assert (value >= 0 ? off >= 0 && off < unit : off <= 0 && off > -unit);
                endcase
            end
        end
    end
    // what has to be possible
    assign seen[0] = value < 0 && value[0];
endmodule
