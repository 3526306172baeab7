from __future__ import annotations

import pytest
import torch

from winnow.errors import InvalidInput
from winnow.segmentation.networks import NETWORKS, NetworkConfig, build

everywhere = pytest.mark.parametrize("name", NETWORKS)
residual = pytest.mark.parametrize("name", ["fcn", "fcn_fast"])


def weights(name: str) -> int:
    return sum(weight.numel() for weight in build(NetworkConfig(name)).parameters())


@everywhere
@pytest.mark.parametrize(("channels", "size"), [(1, (64, 64)), (3, (33, 50)), (1, (1, 7))])
def test_any_size_grey_or_rgb(name, channels, size):
    network = build(NetworkConfig(name, channels, classes=4)).eval()
    with torch.inference_mode():
        logits, descriptors = network.segment_and_encode(torch.randn(2, channels, *size))
    assert logits.shape == (2, 4, *size)
    assert descriptors.shape == (2, network.descriptor)
    assert logits.dtype == descriptors.dtype == torch.float32
    assert logits.isfinite().all()


@everywhere
def test_forward_and_encode_are_the_two_halves(name):
    network = build(NetworkConfig(name)).eval()
    batch = torch.randn(2, 1, 32, 48)
    with torch.inference_mode():
        logits, descriptors = network.segment_and_encode(batch)
        assert torch.equal(network(batch), logits)
        assert torch.equal(network.encode(batch), descriptors)


@everywhere
def test_training_supervises_the_answer_first(name):
    network = build(NetworkConfig(name, 1, 3)).eval()
    batch = torch.randn(2, 1, 33, 48)
    with torch.inference_mode():
        answer, *auxiliary = network.supervised(batch)
        assert torch.equal(answer, network(batch))
    assert all(logits.shape == answer.shape and logits.dtype == torch.float32 for logits in auxiliary)
    assert len(auxiliary) == (3 if name == "cumednet" else 0)


def test_cumednet_s_answer_is_the_sum_of_its_three_levels():
    network = build(NetworkConfig("cumednet", 1, 3)).eval()
    with torch.inference_mode():
        answer, *levels = network.supervised(torch.randn(2, 1, 32, 32))
    assert torch.allclose(answer, levels[0] + levels[1] + levels[2], atol=1e-5)


@everywhere
def test_an_image_is_segmented_alike_alone_and_in_company(name):
    network = build(NetworkConfig(name)).eval()
    batch = torch.randn(3, 1, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(network(batch)[1:2], network(batch[1:2]), atol=1e-4)


@everywhere
def test_a_descriptor_does_not_know_where_things_are(name):
    """Moved by whole cells of the deepest map, on a ground that reaches the frame, the description stays."""
    network = build(NetworkConfig(name)).eval()
    batch = torch.zeros(2, 1, 256, 256)
    batch[0, :, 96:128, 96:128] = batch[1, :, 128:160, 160:192] = torch.rand(32, 32)
    elsewhere = torch.rand(1, 1, 256, 256)
    with torch.inference_mode():
        first, moved = network.encode(batch)
        other = network.encode(elsewhere)[0]
    assert torch.dist(first, moved) < 0.1 * torch.dist(first, other)


@everywhere
def test_every_weight_takes_part(name):
    network = build(NetworkConfig(name, 1, 3)).train()
    network(torch.randn(2, 1, 64, 64)).square().mean().backward()
    idle = [key for key, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert idle == []


def test_the_size_is_the_paper_s():
    """Bottlenecks keep the weights few: 3.5 million, where plain residual modules would have ten times as many."""
    assert 3.4e6 < weights("fcn") < 3.7e6
    assert build(NetworkConfig("fcn")).descriptor == 1024


def test_the_others_are_as_large_as_their_files_say():
    assert 0.9e6 < weights("fcn_fast") < 1.0e6
    assert build(NetworkConfig("fcn_fast")).descriptor == 512
    assert 1.9e6 < weights("unet") < 2.0e6
    assert 3.0e6 < weights("cumednet") < 3.2e6


@residual
def test_modules_of_a_stage_end_with_equal_channels(name):
    network = build(NetworkConfig(name))
    for stage in network.stages:
        assert len({module.body[-1].num_features for module in stage}) == 1


def test_weights_keep_the_names_that_stored_networks_have():
    names = {name: list(build(NetworkConfig(name)).state_dict()) for name in ("fcn", "fcn_fast")}
    assert {key.split(".")[0] for key in names["fcn"]} == {"stem", "stages", "branches", "join"}
    assert {key.split(".")[0] for key in names["fcn_fast"]} == {"stem", "stages", "reduce", "join", "refine"}
    assert {"stem.0.weight", "stages.0.1.body.3.weight", "branches.2.reduce.1.running_mean"} <= set(names["fcn"])
    assert [len(keys) for keys in names.values()] == [392, 224]


@everywhere
def test_the_seed_decides_the_weights(name):
    def first_weight(seed: int) -> torch.Tensor:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return next(build(NetworkConfig(name)).parameters())

    assert torch.equal(first_weight(1), first_weight(1))
    assert not torch.equal(first_weight(1), first_weight(2))


@everywhere
def test_what_cannot_be_built_or_seen_is_refused(name):
    for wrong in (NetworkConfig("fcn_slow"), NetworkConfig(name, channels=2), NetworkConfig(name, classes=1)):
        with pytest.raises(InvalidInput):
            build(wrong)
    with pytest.raises(InvalidInput, match="takes"):
        build(NetworkConfig(name, channels=1))(torch.zeros(1, 3, 8, 8))
