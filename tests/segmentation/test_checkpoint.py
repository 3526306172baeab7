from __future__ import annotations

import pickle

import pytest
import torch

from winnow.errors import CorruptData, InvalidInput
from winnow.segmentation.checkpoint import dump_committee, load_checkpoint, load_committee, save_checkpoint
from winnow.segmentation.networks import NetworkConfig, build

NETWORK = NetworkConfig("fcn_fast", 1, 3)


@pytest.fixture(scope="module")
def data() -> bytes:
    members = [build(NETWORK).state_dict() for _ in range(2)]
    return dump_committee(members, network=NETWORK, config={"values": [1, 7], "size": 64})


def test_a_committee_comes_back_whole(data):
    committee = load_committee(data)
    assert committee.network == NETWORK
    assert committee.config == {"values": [1, 7], "size": 64}
    networks = committee.build()
    again = load_committee(dump_committee([n.state_dict() for n in networks], network=NETWORK, config={}))
    for before, after in zip(committee.members, again.members, strict=True):
        assert all(torch.equal(before[key], after[key]) for key in before)
    assert not any(network.training for network in networks)


@pytest.mark.parametrize(
    "damage", [lambda d: d[: len(d) // 2], lambda d: d[:0], lambda d: b"PNG" + d, lambda d: d[100:]]
)
def test_damage_is_told(data, damage):
    with pytest.raises(CorruptData):
        load_committee(damage(data))


def test_a_flipped_bit_is_told(data):
    middle = len(data) // 2
    with pytest.raises(CorruptData):
        load_committee(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])


def test_weights_of_another_network_are_told(data):
    committee = load_committee(data)
    other = dump_committee(committee.members, network=NetworkConfig("fcn", 1, 3), config={})
    with pytest.raises(CorruptData):
        load_committee(other).build()


class Malice:
    def __reduce__(self):
        return (print, ("this must never run",))


def test_a_file_never_runs_code(capsys, tmp_path):
    path = tmp_path / "malice.pt"
    torch.save({"format": 1, "members": [Malice()]}, path)
    with pytest.raises(CorruptData):
        load_committee(path.read_bytes())
    with pytest.raises(CorruptData):
        load_committee(pickle.dumps(Malice()))
    assert capsys.readouterr().out == ""


def test_a_committee_needs_members():
    with pytest.raises(InvalidInput):
        dump_committee([], network=NETWORK, config={})


def test_a_checkpoint_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "member.pt"
    assert load_checkpoint(path) is None
    save_checkpoint(path, {"step": 1})
    with pytest.raises((AttributeError, pickle.PicklingError)):
        save_checkpoint(path, {"step": lambda: 2})
    assert load_checkpoint(path) == {"step": 1}
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_checkpoint_is_no_checkpoint(tmp_path):
    path = tmp_path / "member.pt"
    path.write_bytes(b"half a file")
    assert load_checkpoint(path) is None
