// The ports of a model by Verilator: integers of up to 64 bits, or arrays of 32-bit words.

#pragma once

#include "Vsim.h"
#include "verilated.h"

#include <cstddef>
#include <cstdint>

template <class Port> inline std::uint32_t get_word(const Port& port, unsigned index) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(port) >> (32 * index));
}

template <std::size_t N>
inline std::uint32_t get_word(const VlWide<N>& port, unsigned index) {
    return port[index];
}

template <class Port> inline void put_word(Port& port, unsigned index, std::uint32_t word) {
    const std::uint64_t others = ~(std::uint64_t{0xffffffffu} << (32 * index));
    port = static_cast<Port>((static_cast<std::uint64_t>(port) & others) |
                             std::uint64_t{word} << (32 * index));
}

template <std::size_t N>
inline void put_word(VlWide<N>& port, unsigned index, std::uint32_t word) {
    port[index] = word;
}

class Model {
    // what nothing sets begins as noise, the same in every run
    struct Context : VerilatedContext {
        Context() {
            randReset(2);
            randSeed(1);
        }
    };
    Context context_;
    Vsim top_{&context_};

  public:
    decltype(top_.in_valid)& in_valid = top_.in_valid;
    decltype(top_.in_ready)& in_ready = top_.in_ready;
    decltype(top_.in_data)& in_data = top_.in_data;
    decltype(top_.out_valid)& out_valid = top_.out_valid;
    decltype(top_.out_ready)& out_ready = top_.out_ready;
    decltype(top_.out_data)& out_data = top_.out_data;
    decltype(top_.out_last)& out_last = top_.out_last;
    decltype(top_.probe_valid)& probe_valid = top_.probe_valid;
    decltype(top_.probe_data)& probe_data = top_.probe_data;

    void set_clk(bool value) { top_.clk = value; }
    void set_rst(bool value) { top_.rst = value; }
    void settle() { top_.eval(); }
    ~Model() { top_.final(); }
};
