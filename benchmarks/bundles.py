"""How many bytes a page of the built front end takes to load, packed by gzip as they travel."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

DIST = Path(__file__).parents[1] / "frontend" / "dist"
_STATIC = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


def bundle_sizes(dist: Path = DIST) -> dict[str, Any]:
    """Kilobytes (1000 bytes) by gzip: the entry, what /annotation loads beside it, and what only /annotation loads."""
    assets = dist / "assets"
    index = (dist / "index.html").read_text()
    entry = set(re.findall(r"assets/([\w.-]+\.(?:js|css))", index))
    entry |= _reachable(assets, {name for name in entry if name.endswith(".js")})
    pages = {path.name for path in assets.glob("*View-*.js")}
    page = next(name for name in pages if name.startswith("AnnotationView-"))
    loaded = _with_styles(assets, _reachable(assets, {page}) - entry)
    others = _with_styles(assets, _reachable(assets, pages - {page}))
    return {
        "entry_kb": _packed(assets, entry),
        "annotation_loads_kb": _packed(assets, loaded),
        "annotation_own_kb": _packed(assets, loaded - others),
    }


def _reachable(assets: Path, names: set[str]) -> set[str]:
    """These chunks and all that they import before they run."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_STATIC.findall((assets / name).read_text())) - found
    return found


def _with_styles(assets: Path, chunks: set[str]) -> set[str]:
    """The chunks, and the style sheets that bear the name of one of them."""
    stems = {name.rsplit("-", 1)[0] for name in chunks}
    return chunks | {path.name for path in assets.glob("*.css") if path.name.rsplit("-", 1)[0] in stems - {"css"}}


def _packed(assets: Path, names: set[str]) -> float:
    return round(sum(len(gzip.compress((assets / name).read_bytes(), 9)) for name in names) / 1000, 1)
