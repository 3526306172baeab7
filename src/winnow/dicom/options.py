"""The options of PS3.15 Annex E.3 that a project may choose on top of the basic profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from winnow.errors import InvalidInput

BASIC_PROFILE = ("113100", "Basic Application Confidentiality Profile")
# name → code of CID 7050 (PS3.16) and its meaning
CODES = {
    "clean_pixel_data": ("113101", "Clean Pixel Data Option"),
    "clean_graphics": ("113103", "Clean Graphics Option"),
    "clean_descriptors": ("113105", "Clean Descriptors Option"),
    "retain_modified_dates": ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    "retain_patient_characteristics": ("113108", "Retain Patient Characteristics Option"),
    "retain_device_identity": ("113109", "Retain Device Identity Option"),
    "retain_uids": ("113110", "Retain UIDs Option"),
    "retain_safe_private": ("113111", "Retain Safe Private Option"),
}


@dataclass(frozen=True)
class Options:
    """Which options of PS3.15 E.3 are in force; without any, the basic profile alone.

    clean_pixel_data               : text burned into the pixels is blanked (E.3.1); ``Search`` decides that, not this
    clean_graphics                 : overlays stay where they hold no text (E.3.3)
    clean_descriptors              : of descriptions and comments the words stay that cannot name anybody (E.3.5)
    retain_modified_dates          : dates stay, moved by a number of days that is one for each patient (E.3.6)
    retain_patient_characteristics : sex, age, height, weight and the like stay (E.3.7)
    retain_device_identity         : names and serial numbers of devices stay (E.3.8)
    retain_uids                    : UIDs stay as they are (E.3.9)
    retain_safe_private            : private attributes of Table E.3.10-1 stay (E.3.10)
    """

    clean_pixel_data: bool = False
    clean_graphics: bool = False
    clean_descriptors: bool = False
    retain_modified_dates: bool = False
    retain_patient_characteristics: bool = False
    retain_device_identity: bool = False
    retain_uids: bool = False
    retain_safe_private: bool = False

    @classmethod
    def named(cls, names: Iterable[str]) -> Options:
        """The options of these names, written with ``_`` or ``-``; raises InvalidInput for others."""
        plain = {name.replace("-", "_") for name in names}
        if unknown := plain - set(CODES):
            raise InvalidInput(
                f"There is no de-identification option {', '.join(sorted(unknown))}; there is {', '.join(CODES)}."
            )
        return cls(**dict.fromkeys(plain, True))

    @property
    def names(self) -> tuple[str, ...]:
        """Those in force, in the order of their codes."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))

    def codes(self, *, pixels_cleaned: bool = False) -> list[tuple[str, str]]:
        """(code, meaning) of the profile and of each option, for (0012,0064).

        pixels_cleaned : whether this picture was searched for text and cleaned of it; the code says what was done, no plan
        """
        done = [name for name in self.names if name != "clean_pixel_data"]
        return [BASIC_PROFILE, *(CODES[name] for name in (["clean_pixel_data"] if pixels_cleaned else []) + done)]
