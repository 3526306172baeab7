"""Weights on disk and in bytes; read with ``weights_only`` so that a file can never run code."""

from __future__ import annotations

import io
import os
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from winnow.errors import CorruptData, InvalidInput
from winnow.segmentation.networks import NetworkConfig, SegmentationNetwork, build

State = dict[str, Tensor]
FORMAT = 1


@dataclass(frozen=True, eq=False)
class CommitteeWeights:
    """M trained networks of one kind, with the plain settings (JSON-like) they were trained with."""

    network: NetworkConfig
    members: list[State]
    config: dict[str, Any]

    def build(self) -> list[SegmentationNetwork]:
        """The networks, ready for ``inference.predict``. Raises CorruptData when weights do not fit the network."""
        networks = []
        for state in self.members:
            network = build(self.network)
            try:
                network.load_state_dict(state)
            except RuntimeError as error:
                raise CorruptData("The stored weights do not fit the network they name.") from error
            networks.append(network.eval())
        return networks


def dump_committee(members: Sequence[State], *, network: NetworkConfig, config: dict[str, Any]) -> bytes:
    """The committee as bytes for the blob store. ``config`` holds plain values only (numbers, text, lists, dicts)."""
    if not members:
        raise InvalidInput("A committee without members cannot be stored.")
    stream = io.BytesIO()
    content = {"format": FORMAT, "network": asdict(network), "members": list(members), "config": config}
    torch.save(content, stream)
    return stream.getvalue()


def load_committee(data: bytes) -> CommitteeWeights:
    """The inverse of ``dump_committee``. Raises CorruptData for bytes that are not a whole committee."""
    content = _read(io.BytesIO(data))
    if content is None or content.get("format") != FORMAT or not content.get("members"):
        raise CorruptData("The stored network is damaged: restore it from a back-up or train again.")
    return CommitteeWeights(
        network=NetworkConfig(**content["network"]), members=content["members"], config=content["config"]
    )


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Writes under a temporary name, then renames: a reader sees the old checkpoint or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # on a shared file system process ids of two machines may be equal
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with partial.open("wb") as stream:
            torch.save(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """What ``save_checkpoint`` wrote; None where there is nothing usable, for then training simply starts anew."""
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return _read(stream)


def _read(stream: BinaryIO) -> dict[str, Any] | None:
    try:
        # torch.save writes a zip but torch.load checks no sums; anything else would go to its older, laxer reader
        if zipfile.ZipFile(stream).testzip() is not None:
            return None
        stream.seek(0)
        content = torch.load(stream, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  (what is raised depends on where the damage lies)
        return None
    return content if isinstance(content, dict) else None
