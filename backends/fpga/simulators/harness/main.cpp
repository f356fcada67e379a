// Drives the module sim of a design and writes what leaves it, with the cycle of each thing.
//
// parameters.h has those of the ports: INPUTS, INPUT_BITS, OUTPUTS, OUTPUT_BITS, PROBES, PROBE_BITS.
// model.h is that of a simulator: the struct Model with the ports by name, set_clk, set_rst and
// settle, and get_word and put_word for 32 bits of a port of any width.
//
// usage: simulation +run=FOLDER; exchange.py describes the files of the folder

#include "model.h"
#include "parameters.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr unsigned words_of(unsigned bits) { return (bits + 31) / 32; }

constexpr std::uint32_t mask_of(unsigned bits) {
    return bits >= 32 ? 0xffffffffu : (1u << bits) - 1u;
}

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

std::FILE* opened(const std::string& name, const char* mode) {
    std::FILE* file = std::fopen(name.c_str(), mode);
    if (!file) fail("cannot open " + name);
    return file;
}

template <class Port> void put_bit(Port& port, unsigned at, bool value) {
    const std::uint32_t bit = 1u << (at % 32);
    const std::uint32_t word = get_word(port, at / 32);
    put_word(port, at / 32, value ? word | bit : word & ~bit);
}

// bits [at, at + bits) of a port, 32 in each word
template <class Port>
void get_slice(const Port& port, unsigned at, unsigned bits, std::uint32_t* words) {
    const unsigned shift = at % 32;
    for (unsigned done = 0; done < bits; done += 32, at += 32) {
        const unsigned here = bits - done < 32 ? bits - done : 32;
        std::uint32_t word = get_word(port, at / 32) >> shift;
        if (shift + here > 32) word |= get_word(port, at / 32 + 1) << (32 - shift);
        *words++ = word & mask_of(here);
    }
}

template <class Port>
void put_slice(Port& port, unsigned at, unsigned bits, const std::uint32_t* words) {
    const unsigned shift = at % 32;
    for (unsigned done = 0; done < bits; done += 32, at += 32) {
        const unsigned here = bits - done < 32 ? bits - done : 32;
        const std::uint32_t mask = mask_of(here), word = *words++ & mask;
        const unsigned first = at / 32;
        put_word(port, first, (get_word(port, first) & ~(mask << shift)) | word << shift);
        if (shift + here > 32) {
            const unsigned over = 32 - shift;
            const std::uint32_t rest = get_word(port, first + 1) & ~(mask >> over);
            put_word(port, first + 1, rest | word >> over);
        }
    }
}

// calls what for each bit of the port that is set
template <class Port, class What> void for_each_set(const Port& port, unsigned bits, What what) {
    for (unsigned word = 0; word < words_of(bits); ++word) {
        std::uint32_t left = get_word(port, word);
        for (unsigned at = 32 * word; left; ++at, left >>= 1)
            if (left & 1) what(at);
    }
}

// rows of 32-bit words: sample, cycle (low, high), note, data
class Rows {
  public:
    Rows(const std::string& name, unsigned bits)
        : file_(opened(name, "wb")), row_(4 + words_of(bits)) {}
    std::uint32_t* data() { return row_.data() + 4; }
    void write(std::uint32_t sample, std::uint64_t cycle, std::uint32_t note) {
        row_[0] = sample;
        row_[1] = static_cast<std::uint32_t>(cycle);
        row_[2] = static_cast<std::uint32_t>(cycle >> 32);
        row_[3] = note;
        if (std::fwrite(row_.data(), 4, row_.size(), file_) != row_.size())
            fail("cannot write what is recorded");
    }
    void close() {
        if (std::fclose(file_)) fail("cannot write what is recorded");
    }

  private:
    std::FILE* file_;
    std::vector<std::uint32_t> row_;
};

// beats of a file, the most significant byte first
class Beats {
  public:
    explicit Beats(const std::string& name)
        : file_(opened(name, "rb")), bytes_(4 * words_of(INPUT_BITS)), words(bytes_.size() / 4) {}
    void seek(std::uint64_t beat) {
        if (std::fseek(file_, static_cast<long>(beat * bytes_.size()), SEEK_SET))
            fail("cannot read the inputs");
    }
    void read() {
        if (std::fread(bytes_.data(), 1, bytes_.size(), file_) != bytes_.size())
            fail("cannot read the inputs");
        const unsigned char* byte = bytes_.data();
        for (std::size_t word = words.size(); word-- > 0; byte += 4)
            words[word] = std::uint32_t{byte[0]} << 24 | std::uint32_t{byte[1]} << 16 |
                          std::uint32_t{byte[2]} << 8 | byte[3];
    }

  private:
    std::FILE* file_;
    std::vector<unsigned char> bytes_;

  public:
    std::vector<std::uint32_t> words;
};

struct Plan {
    std::uint64_t samples, reset, max_cycles;
    std::vector<std::uint64_t> beats, outputs, probes;
};

Plan read_plan(const std::string& name) {
    std::FILE* file = opened(name, "r");
    const auto number = [file] {
        unsigned long long value = 0;
        if (std::fscanf(file, "%llu", &value) != 1) fail("cannot read the plan");
        return static_cast<std::uint64_t>(value);
    };
    const auto numbers = [&number](unsigned count) {
        std::vector<std::uint64_t> values(count);
        for (auto& value : values) value = number();
        return values;
    };
    Plan plan{};
    plan.samples = number();
    plan.reset = number();
    plan.max_cycles = number();
    plan.beats = numbers(INPUTS);
    plan.outputs = numbers(OUTPUTS);
    plan.probes = numbers(PROBES);
    std::fclose(file);
    return plan;
}

class Session {
  public:
    explicit Session(const std::string& folder)
        : folder_(folder), plan_(read_plan(folder + "/plan")) {
        const auto name = [&folder](const char* kind, unsigned i) {
            return folder + "/" + kind + std::to_string(i);
        };
        for (unsigned i = 0; i < INPUTS; ++i) {
            beats_.emplace_back(name("input", i));
            accepted_.emplace_back(name("accepted", i), 0);
        }
        for (unsigned i = 0; i < OUTPUTS; ++i) outputs_.emplace_back(name("output", i), OUTPUT_BITS);
        for (unsigned i = 0; i < PROBES; ++i) probes_.emplace_back(name("probe", i), PROBE_BITS);
    }

    void run() {
        std::uint64_t sample = 0;
        while (sample < plan_.samples && run_sample(static_cast<std::uint32_t>(sample))) ++sample;
        for (auto* all : {&accepted_, &outputs_, &probes_})
            for (auto& rows : *all) rows.close();
        std::FILE* file = opened(folder_ + "/ended", "w");
        std::fprintf(file, "%s %llu 0\n", sample == plan_.samples ? "complete" : "stuck",
                     static_cast<unsigned long long>(sample));
        if (std::fclose(file)) fail("cannot write how it ended");
    }

  private:
    void reset() {
        for (unsigned i = 0; i < INPUTS; ++i) put_bit(model_.in_valid, i, false);
        for (unsigned i = 0; i < OUTPUTS; ++i) put_bit(model_.out_ready, i, true);
        model_.set_rst(true);
        for (std::uint64_t cycle = 0; cycle < plan_.reset; ++cycle) {
            falling_edge();
            rising_edge();
        }
        model_.set_rst(false);
    }

    void falling_edge() {
        model_.set_clk(false);
        model_.settle();
    }

    void rising_edge() {
        model_.set_clk(true);
        model_.settle();
    }

    // give the next beat of an input, if there is one
    void offer(unsigned i, std::uint64_t given) {
        const bool more = given < plan_.beats[i];
        put_bit(model_.in_valid, i, more);
        if (more) {
            beats_[i].read();
            put_slice(model_.in_data, i * INPUT_BITS, INPUT_BITS, beats_[i].words.data());
        }
    }

    // whether all that is expected came before the last cycle
    bool run_sample(std::uint32_t sample) {
        reset();
        std::vector<std::uint64_t> given(INPUTS), left_outputs(plan_.outputs),
            left_probes(plan_.probes);
        std::vector<unsigned> taken;
        unsigned waiting = 0;
        for (const auto* counts : {&plan_.outputs, &plan_.probes})
            for (const auto count : *counts) waiting += count > 0;
        for (unsigned i = 0; i < INPUTS; ++i) {
            beats_[i].seek(sample * plan_.beats[i]);
            offer(i, 0);
        }
        for (std::uint64_t cycle = 0; waiting > 0; ++cycle) {
            if (cycle == plan_.max_cycles) return false;
            falling_edge();
            taken.clear();
            for_each_set(model_.in_ready, INPUTS, [&](unsigned i) {
                if (given[i] < plan_.beats[i]) {
                    accepted_[i].write(sample, cycle, static_cast<std::uint32_t>(given[i]++));
                    taken.push_back(i);
                }
            });
            for_each_set(model_.out_valid, OUTPUTS, [&](unsigned i) {
                if (left_outputs[i] == 0) return;
                get_slice(model_.out_data, i * OUTPUT_BITS, OUTPUT_BITS, outputs_[i].data());
                outputs_[i].write(sample, cycle, get_word(model_.out_last, i / 32) >> (i % 32) & 1);
                waiting -= --left_outputs[i] == 0;
            });
            for_each_set(model_.probe_valid, PROBES, [&](unsigned i) {
                if (left_probes[i] == 0) return;
                get_slice(model_.probe_data, i * PROBE_BITS, PROBE_BITS, probes_[i].data());
                probes_[i].write(sample, cycle, 0);
                waiting -= --left_probes[i] == 0;
            });
            rising_edge();
            for (const unsigned i : taken) offer(i, given[i]);
        }
        return true;
    }

    std::string folder_;
    Plan plan_;
    Model model_;
    std::vector<Beats> beats_;
    std::vector<Rows> accepted_, outputs_, probes_;
};

}  // namespace

int main(int argc, char** argv) {
    const char* option = "+run=";
    if (argc != 2 || std::strncmp(argv[1], option, std::strlen(option)) != 0)
        fail("usage: simulation +run=FOLDER");
    std::make_unique<Session>(argv[1] + std::strlen(option))->run();
    return 0;
}
