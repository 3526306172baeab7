"""What an upload holds, known before the first file of it is opened: how much there is, and what belongs together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from winnow.server.worker.arrivals import Arrival
from winnow.server.worker.folders import Slot, folder_series

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Plan:
    """files, bytes : how much there is, as archives claim, 1 at least · slots : the files whose folder is a series."""

    files: int
    bytes: int
    slots: dict[int, Slot]

    def reached(self, arrival: Arrival, before: int) -> str:
        """How far the work is, in files and bytes."""
        files = f"file {arrival.position + 1} of {self.files}"
        if self.bytes < 10 * _MEGABYTE:
            return files
        return f"{files}, {before // _MEGABYTE:,} of {self.bytes // _MEGABYTE:,} MB"


def plan_of(arrivals: Iterable[Arrival]) -> Plan:
    """Walks through an upload without reading its files."""
    files, size, pictures = 0, 0, []
    for arrival in arrivals:
        files, size = files + 1, size + arrival.size
        if arrival.kind in {"png", "jpeg", "tiff"}:
            pictures.append((arrival.position, arrival.path))
    return Plan(files=max(1, files), bytes=max(1, size), slots=folder_series(pictures))
