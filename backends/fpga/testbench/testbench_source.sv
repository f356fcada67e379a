// Offers the beats of a file to an AXI stream, with gaps between them where they are asked for.
module testbench_source #(
    parameter FILE = "",
    parameter int BEATS = 1,
    parameter int WORDS = 1,   // beats of a step
    parameter int DATA = 8,
    parameter int NUMBER = 1   // of the stream: each has its own gaps
) (
    input  logic            clk, rst,
    input  logic [31:0]     gaps,   // per cent of the cycles
    input  logic [31:0]     seed,
    output logic            tvalid, tlast,
    input  logic            tready,
    output logic [DATA-1:0] tdata
);
    logic [DATA-1:0] beats [0:BEATS-1];
    logic [31:0] next, word, noise;
    wire [31:0] mixed = noise ^ (noise << 13);
    wire [31:0] again = mixed ^ (mixed >> 17);

    initial $readmemh(FILE, beats);

    always_ff @(posedge clk)
        if (rst) begin
            tvalid <= 1'b0;
            tlast <= 1'b0;
            tdata <= '0;
            next <= '0;
            word <= '0;
            noise <= (seed + 32'd1) * 32'd2654435761 + 32'(NUMBER) * 32'd40503 + 32'd1;
        end else begin
            noise <= again ^ (again << 5);
            if (!tvalid || tready) begin
                tvalid <= 1'b0;
                if (next != 32'(BEATS) && noise % 32'd100 >= gaps) begin
                    tvalid <= 1'b1;
                    tlast <= word == 32'(WORDS - 1);
                    tdata <= beats[next];
                    next <= next + 32'd1;
                    word <= (word == 32'(WORDS - 1)) ? '0 : word + 32'd1;
                end
            end
        end
endmodule
