"""Machine code from LLVM IR, for the machine that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["MachineCode", "compile_module"]


@dataclass(frozen=True, slots=True, eq=False)
class MachineCode:
    """A compiled function: where it is, and what keeps it there."""

    address: int
    owner: Any


def compile_module(text: str, function: str) -> MachineCode:
    """Compile a module of LLVM IR, and find one of its functions."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
    )
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return MachineCode(engine.get_function_address(function), engine)
