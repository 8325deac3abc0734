"""Linear layers multiplied by oneDNN in place of MKL.

Torch's processor build multiplies fp32 matrices with MKL, which takes its slower kernels on processors that are not
Intel's. oneDNN comes with the same build and does not ask who made the processor: on an AMD EPYC with AVX-512 a
layer of MiniLM's took 0.4 of the time, and passages were embedded 1.7 times as fast, to vectors that differ in the
seventh digit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Multiply = Callable[..., torch.Tensor]


def multiply_by_onednn(model: torch.nn.Module) -> int:
    """Have a model's fp32 linear layers run by oneDNN, for inference only; return how many there are.

    Where this build of torch cannot do so, as on Apple's processors, nothing is changed.
    """
    import torch

    found = _find_operator()
    if found is None:
        return 0
    multiply: Multiply = found

    class OneDnnLinear(torch.nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return multiply(input, self.weight, self.bias, "none", [], "")

    count = 0
    for module in model.modules():
        # Kinds derived from it, such as quantised ones, multiply in ways of their own.
        if type(module) is torch.nn.Linear and module.weight.dtype is torch.float32:
            module.__class__ = OneDnnLinear
            count += 1
    return count


def _find_operator() -> Multiply | None:
    """Return what torch's own compiler puts in the place of a linear layer; None where it does not do the same.

    It is no public name, and another torch may call it otherwise.
    """
    import torch

    available = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not available or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return None
    multiply: Multiply = torch.ops.mkldnn._linear_pointwise
    given, weight, bias = torch.full((2, 4), 0.5), torch.arange(12.0).reshape(3, 4), torch.ones(3)
    try:
        with torch.inference_mode():
            found = multiply(given, weight, bias, "none", [], "")
    except (RuntimeError, TypeError):
        return None
    return multiply if torch.equal(found, torch.nn.functional.linear(given, weight, bias)) else None
