from __future__ import annotations

from hypothesis import settings

# two cores shared with other processes: how long an example takes says nothing
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
