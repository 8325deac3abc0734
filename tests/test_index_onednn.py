"""Linear layers run by oneDNN: the same results, and nothing else touched."""

from __future__ import annotations

import pytest
import torch

from index.onednn import multiply_by_onednn

RUN_BY_ONEDNN = hasattr(torch.ops.mkldnn, "_linear_pointwise") and torch.backends.mkldnn.is_available()


class _Derived(torch.nn.Linear):
    """Stands for layers that multiply in a way of their own."""


@pytest.mark.skipif(not RUN_BY_ONEDNN, reason="this build of torch has no oneDNN")
@pytest.mark.parametrize("shape", [(1, 1, 48), (3, 17, 48), (64, 48)])
def test_results_are_the_same_but_for_the_last_digits(shape: tuple[int, ...]) -> None:
    torch.manual_seed(7)
    model = torch.nn.Sequential(torch.nn.Linear(48, 96), torch.nn.GELU(), torch.nn.Linear(96, 24, bias=False))
    given = torch.randn(shape)
    with torch.inference_mode():
        plain = model(given)
        assert multiply_by_onednn(model) == 2
        quick = model(given)
    assert multiply_by_onednn(model) == 0, "a layer is changed once"
    assert quick.shape == plain.shape
    assert torch.allclose(quick, plain, atol=1e-5)


def test_other_layers_are_left_alone() -> None:
    model = torch.nn.Sequential(
        _Derived(8, 8), torch.nn.Linear(8, 8, dtype=torch.float64), torch.nn.LayerNorm(8)
    )
    kinds = [type(layer) for layer in model]
    assert multiply_by_onednn(model) == 0
    assert [type(layer) for layer in model] == kinds


def test_a_build_without_onednn_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    model = torch.nn.Sequential(torch.nn.Linear(8, 8))
    assert multiply_by_onednn(model) == 0
    assert type(model[0]) is torch.nn.Linear


@pytest.mark.skipif(not RUN_BY_ONEDNN, reason="this build of torch has no oneDNN")
@pytest.mark.parametrize("answer", [None, TypeError("takes 5 arguments"), torch.zeros(2, 3)])
def test_an_operator_that_means_something_else_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, answer: torch.Tensor | Exception | None
) -> None:
    def other(*_: object) -> torch.Tensor:
        if isinstance(answer, torch.Tensor):
            return answer
        raise answer or RuntimeError("could not create a primitive")

    monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", other)
    model = torch.nn.Sequential(torch.nn.Linear(8, 8))
    assert multiply_by_onednn(model) == 0
    assert type(model[0]) is torch.nn.Linear
