// Takes as many beats of an AXI stream as a file has, not in every cycle if that is asked for, and
// compares them. There may be more: what hears no input goes on as long as its output is taken.
module testbench_sink #(
    parameter FILE = "",
    parameter NAME = "",
    parameter int BEATS = 1,
    parameter int WORDS = 1,   // beats of a step
    parameter int DATA = 8,
    parameter int USED = 8,    // bits of the last beat of a step that are cells
    parameter int NUMBER = 1   // of the stream: each has its own stalls
) (
    input  logic            clk, rst,
    input  logic [31:0]     stalls,   // per cent of the cycles
    input  logic [31:0]     seed,
    input  logic            tvalid, tlast,
    output logic            tready,
    input  logic [DATA-1:0] tdata,
    output logic [31:0]     taken, errors
);
    logic [DATA-1:0] expected [0:BEATS-1];
    logic [31:0] word, noise;
    wire [31:0] mixed = noise ^ (noise << 13);
    wire [31:0] again = mixed ^ (mixed >> 17);
    wire take = tvalid !== 1'b0 && tready;
    wire [31:0] after = taken + 32'(take);
    wire last = word == 32'(WORDS - 1);
    wire [DATA-1:0] used = last ? {DATA{1'b1}} >> (DATA - USED) : {DATA{1'b1}};

    // what a beat that waits must stay
    logic            waits;
    logic            waiting_last;
    logic [DATA-1:0] waiting;

    initial $readmemh(FILE, expected);

    always @(posedge clk)
        if (rst) begin
            tready <= 1'b0;
            taken <= '0;
            word <= '0;
            errors <= '0;
            waits <= 1'b0;
            waiting_last <= 1'b0;
            waiting <= '0;
            noise <= (seed + 32'd1) * 32'd2654435761 + 32'(NUMBER) * 32'd40503 + 32'd1;
        end else begin
            noise <= again ^ (again << 5);
            tready <= after != 32'(BEATS) && noise % 32'd100 >= stalls;
            taken <= after;
            waits <= tvalid && !tready;
            waiting_last <= tlast;
            waiting <= tdata;
            if (waits && (!tvalid || tlast !== waiting_last || tdata !== waiting)) begin
                $display("%s: beat %0d changes before it is taken", NAME, taken);
                errors <= errors + 32'd1;
            end
            if (take) begin
                word <= last ? '0 : word + 32'd1;
                if (((tdata ^ expected[taken]) & used) !== '0 || tlast !== last) begin
                    if (errors < 32'd8)
                        $display("%s: beat %0d is %h, last %b, not %h, last %b", NAME, taken,
                                 tdata & used, tlast, expected[taken], last);
                    errors <= errors + 32'd1;
                end
            end
        end
endmodule
