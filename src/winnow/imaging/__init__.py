"""Pictures, windows, masks, picture files and archives: numpy and Pillow only."""

from __future__ import annotations
