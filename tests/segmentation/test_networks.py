from __future__ import annotations

import pytest
import torch

from winnow.errors import InvalidInput
from winnow.segmentation.networks import DESCRIPTOR, NETWORKS, NetworkConfig, build

pytestmark = pytest.mark.parametrize("name", NETWORKS)


@pytest.mark.parametrize(("channels", "size"), [(1, (64, 64)), (3, (33, 50)), (1, (1, 7))])
def test_any_size_grey_or_rgb(name, channels, size):
    network = build(NetworkConfig(name, channels, classes=4)).eval()
    with torch.inference_mode():
        logits, descriptors = network.segment_and_encode(torch.randn(2, channels, *size))
    assert logits.shape == (2, 4, *size)
    assert descriptors.shape == (2, DESCRIPTOR)
    assert logits.dtype == descriptors.dtype == torch.float32
    assert logits.isfinite().all()


def test_forward_and_encode_are_the_two_halves(name):
    network = build(NetworkConfig(name)).eval()
    batch = torch.randn(2, 1, 32, 48)
    with torch.inference_mode():
        logits, descriptors = network.segment_and_encode(batch)
        assert torch.equal(network(batch), logits)
        assert torch.equal(network.encode(batch), descriptors)


def test_an_image_is_segmented_alike_alone_and_in_company(name):
    network = build(NetworkConfig(name)).eval()
    batch = torch.randn(3, 1, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(network(batch)[1:2], network(batch[1:2]), atol=1e-4)


def test_every_weight_takes_part(name):
    network = build(NetworkConfig(name, 1, 3)).train()
    network(torch.randn(2, 1, 64, 64)).square().mean().backward()
    idle = [key for key, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert idle == []


def test_the_size_is_the_paper_s(name):
    """Bottlenecks keep the weights few: 3.5 million, where plain residual modules would have ten times as many."""
    count = sum(weight.numel() for weight in build(NetworkConfig(name)).parameters())
    assert 3.4e6 < count < 3.7e6


def test_modules_of_a_stage_end_with_equal_channels(name):
    network = build(NetworkConfig(name))
    for stage in network.stages:
        assert len({module.body[-1].num_features for module in stage}) == 1


def test_the_seed_decides_the_weights(name):
    def first_weight(seed: int) -> torch.Tensor:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return next(build(NetworkConfig(name)).parameters())

    assert torch.equal(first_weight(1), first_weight(1))
    assert not torch.equal(first_weight(1), first_weight(2))


def test_what_cannot_be_built_or_seen_is_refused(name):
    for wrong in (NetworkConfig("fcn_slow"), NetworkConfig(name, channels=2), NetworkConfig(name, classes=1)):
        with pytest.raises(InvalidInput):
            build(wrong)
    with pytest.raises(InvalidInput, match="takes"):
        build(NetworkConfig(name, channels=1))(torch.zeros(1, 3, 8, 8))
