// The ports of a model by CXXRTL: values of 32-bit chunks, and wires, which hold two values.

#pragma once

#include "sim.cpp"

#include <cstddef>
#include <cstdint>

template <std::size_t N>
inline std::uint32_t get_word(const cxxrtl::value<N>& port, unsigned index) {
    return port.data[index];
}

template <std::size_t N>
inline std::uint32_t get_word(const cxxrtl::wire<N>& port, unsigned index) {
    return port.curr.data[index];
}

template <std::size_t N>
inline void put_word(cxxrtl::value<N>& port, unsigned index, std::uint32_t word) {
    port.data[index] = word;
}

class Model {
    cxxrtl_design::p_sim top_;

  public:
    decltype(top_.p_in__valid)& in_valid = top_.p_in__valid;
    decltype(top_.p_in__ready)& in_ready = top_.p_in__ready;
    decltype(top_.p_in__data)& in_data = top_.p_in__data;
    decltype(top_.p_out__valid)& out_valid = top_.p_out__valid;
    decltype(top_.p_out__ready)& out_ready = top_.p_out__ready;
    decltype(top_.p_out__data)& out_data = top_.p_out__data;
    decltype(top_.p_out__last)& out_last = top_.p_out__last;
    decltype(top_.p_probe__valid)& probe_valid = top_.p_probe__valid;
    decltype(top_.p_probe__data)& probe_data = top_.p_probe__data;

    void set_clk(bool value) { top_.p_clk.set<bool>(value); }
    void set_rst(bool value) { top_.p_rst.set<bool>(value); }
    void settle() { top_.step(); }
};
