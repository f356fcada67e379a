// Drives the module sim of a design and writes what leaves it, with the cycle of each thing:
// what main.cpp does, for simulators that run SystemVerilog. Undefined bits are told apart.
//
// usage: +run=FOLDER; exchange.py describes the files of the folder

`timescale 1ns / 1ns

module testbench;
    parameter INPUTS = 1, INPUT_BITS = 1, OUTPUTS = 1, OUTPUT_BITS = 1, PROBES = 1, PROBE_BITS = 1;
    localparam BEAT = (INPUT_BITS + 31) / 32 * 32;
    localparam OUT = (OUTPUT_BITS + 31) / 32 * 32;
    localparam PROBE = (PROBE_BITS + 31) / 32 * 32;

    reg clk = 0, rst = 1;
    reg [INPUTS-1:0] in_valid = 0;
    reg [INPUTS*INPUT_BITS-1:0] in_data = 0;
    reg [OUTPUTS-1:0] out_ready = ~0;
    wire [INPUTS-1:0] in_ready;
    wire [OUTPUTS-1:0] out_valid, out_last;
    wire [OUTPUTS*OUTPUT_BITS-1:0] out_data;
    wire [PROBES-1:0] probe_valid;
    wire [PROBES*PROBE_BITS-1:0] probe_data;

    sim dut (
        .clk(clk), .rst(rst),
        .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
        .out_valid(out_valid), .out_ready(out_ready), .out_data(out_data), .out_last(out_last),
        .probe_valid(probe_valid), .probe_data(probe_data)
    );

    string folder;
    integer beats_file[INPUTS], accepted_file[INPUTS], output_file[OUTPUTS], probe_file[PROBES];
    integer beats[INPUTS], outputs[OUTPUTS], probes[PROBES];  // of a sample, as planned
    integer given[INPUTS], outputs_left[OUTPUTS], probes_left[PROBES];
    integer plan, ended, count, sample, samples, resets, waiting, i;
    reg [63:0] cycle, max_cycles;
    reg [BEAT-1:0] beat;
    reg [OUT-1:0] out_word;
    reg [PROBE-1:0] probe_word;
    reg [INPUTS-1:0] taken;
    reg stuck;

    // note of a row: bit 0 is that of the last beat, bit 1 says that a bit is undefined
    function [31:0] note_of(input last, input undefined);
        note_of = {30'b0, undefined, last && !undefined};
    endfunction

    task offer(input integer i);
        in_valid[i] = given[i] < beats[i];
        if (given[i] < beats[i]) begin
            count = $fread(beat, beats_file[i]);
            in_data[i*INPUT_BITS+:INPUT_BITS] = beat[INPUT_BITS-1:0];
        end
    endtask

    task finish;
        for (i = 0; i < INPUTS; i = i + 1) $fclose(accepted_file[i]);
        for (i = 0; i < OUTPUTS; i = i + 1) $fclose(output_file[i]);
        for (i = 0; i < PROBES; i = i + 1) $fclose(probe_file[i]);
        $fclose(ended);
        $finish(0);
        wait (0);
    endtask

    initial begin
        count = $value$plusargs("run=%s", folder);
        plan = $fopen({folder, "/plan"}, "r");
        count = $fscanf(plan, "%d %d %d", samples, resets, max_cycles);
        for (i = 0; i < INPUTS; i = i + 1) begin
            count = $fscanf(plan, "%d", beats[i]);
            beats_file[i] = $fopen($sformatf("%s/input%0d", folder, i), "rb");
            accepted_file[i] = $fopen($sformatf("%s/accepted%0d", folder, i), "wb");
        end
        for (i = 0; i < OUTPUTS; i = i + 1) begin
            count = $fscanf(plan, "%d", outputs[i]);
            output_file[i] = $fopen($sformatf("%s/output%0d", folder, i), "wb");
        end
        for (i = 0; i < PROBES; i = i + 1) begin
            count = $fscanf(plan, "%d", probes[i]);
            probe_file[i] = $fopen($sformatf("%s/probe%0d", folder, i), "wb");
        end
        ended = $fopen({folder, "/ended"}, "w");
        stuck = 0;
        for (sample = 0; sample < samples && !stuck; sample = sample + 1) run_sample;
        $fdisplay(ended, "%0s %0d 0", stuck ? "stuck" : "complete", sample - stuck);
        finish;
    end

    task run_sample;
        in_valid = 0;
        rst = 1;
        repeat (resets) begin
            clk = 0;
            #1 clk = 1;
            #1;
        end
        rst = 0;
        waiting = 0;
        for (i = 0; i < OUTPUTS; i = i + 1) begin
            outputs_left[i] = outputs[i];
            waiting = waiting + (outputs[i] > 0);
        end
        for (i = 0; i < PROBES; i = i + 1) begin
            probes_left[i] = probes[i];
            waiting = waiting + (probes[i] > 0);
        end
        for (i = 0; i < INPUTS; i = i + 1) begin
            count = $fseek(beats_file[i], sample * beats[i] * (BEAT / 8), 0);
            given[i] = 0;
            offer(i);
        end
        for (cycle = 0; waiting > 0 && !stuck; cycle = cycle + 1)
            if (cycle == max_cycles) stuck = 1;
            else run_cycle;
    endtask

    task run_cycle;
        clk = 0;
        #1;
        if ((^{in_ready, out_valid, probe_valid}) === 1'bx) begin
            $fdisplay(ended, "undefined %0d %0d", sample, cycle);
            finish;
        end
        taken = in_valid & in_ready;
        for (i = 0; i < INPUTS; i = i + 1)
            if (taken[i]) begin
                $fwrite(accepted_file[i], "%u", {given[i], cycle, sample});
                given[i] = given[i] + 1;
            end
        for (i = 0; i < OUTPUTS; i = i + 1)
            if (out_valid[i] && outputs_left[i] > 0) begin
                out_word = 0;
                out_word[OUTPUT_BITS-1:0] = out_data[i*OUTPUT_BITS+:OUTPUT_BITS];
                $fwrite(output_file[i], "%u", {
                    out_word, note_of(out_last[i], (^{out_word, out_last[i]}) === 1'bx), cycle, sample
                });
                outputs_left[i] = outputs_left[i] - 1;
                if (outputs_left[i] == 0) waiting = waiting - 1;
            end
        for (i = 0; i < PROBES; i = i + 1)
            if (probe_valid[i] && probes_left[i] > 0) begin
                probe_word = 0;
                probe_word[PROBE_BITS-1:0] = probe_data[i*PROBE_BITS+:PROBE_BITS];
                $fwrite(probe_file[i], "%u", {
                    probe_word, note_of(1'b0, (^probe_word) === 1'bx), cycle, sample
                });
                probes_left[i] = probes_left[i] - 1;
                if (probes_left[i] == 0) waiting = waiting - 1;
            end
        clk = 1;
        #1;
        for (i = 0; i < INPUTS; i = i + 1) if (taken[i]) offer(i);
    endtask
endmodule
