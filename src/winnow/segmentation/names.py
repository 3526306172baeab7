"""The names of the networks, where they can be asked for without torch: a web request checks and offers them."""

from __future__ import annotations

DEFAULT = "fcn_fast"
# as they are offered: the default first
NETWORK_NAMES = (DEFAULT, "fcn", "unet", "cumednet")
