"""The verbs: fast, one transaction each, keyword-only, guards first, the audit line inside.

The doors (api/) have admitted the actor before a verb is called; verbs guard the state of things.
"""

from __future__ import annotations
