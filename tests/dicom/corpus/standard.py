"""Where the standard has which attribute, and of what type, by a reading of PS3.3 that is not Winnow's: highdicom's."""

from __future__ import annotations

from functools import cache

from highdicom._standard_utils import get_iod_module_map, get_module_attribute_map, get_sop_class_iod_map
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import tag_for_keyword

CT, ENHANCED_CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.4"
US_MULTIFRAME, SECONDARY = "1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.7"

Sequences = tuple[int, ...]


@cache
def attributes(sop_class: str, depth: int) -> dict[Sequences, dict[int, str]]:
    """Sequences that lead there → tag → "1", "2" or "3": the strictest type of any module, conditional ones too.

    depth : how many sequences deep
    """
    found: dict[Sequences, dict[int, str]] = {}
    modules = get_module_attribute_map()
    for module in get_iod_module_map()[get_sop_class_iod_map()[sop_class]]:
        for entry in modules[module["key"]]:
            path = tuple(tag_for_keyword(keyword) for keyword in entry["path"])
            tag = tag_for_keyword(entry["keyword"])
            if tag is not None and None not in path and len(path) <= depth:
                place = found.setdefault(path, {})
                place[tag] = min(entry["type"][0], place.get(tag, "3"))
    return {path: dict(sorted(place.items())) for path, place in sorted(found.items())}


def vr_of(tag: int) -> str:
    """The kind of value, the first where the standard offers several."""
    return str(DicomDictionary[tag][0].split(" or ")[0])


def is_retired(tag: int) -> bool:
    return DicomDictionary[tag][3] == "Retired"


def keyword_of(tag: int) -> str:
    return str(DicomDictionary[tag][4]) if tag in DicomDictionary else ""
