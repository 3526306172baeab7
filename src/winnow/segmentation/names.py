"""The names of the networks, where they can be asked for without torch: a web request checks and offers them."""

from __future__ import annotations

DEFAULT = "fcn_fast"
# as they are offered: the default first; each is made by the function of its name in segmentation/networks/NAME.py
NETWORK_NAMES = (DEFAULT, "fcn", "unet", "cumednet")
