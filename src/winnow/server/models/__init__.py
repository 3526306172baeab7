"""The nouns. Each file imports only nouns further up the list in design order; Round owns the links."""

from winnow.server.models.annotation import Annotation
from winnow.server.models.attempts import Attempts
from winnow.server.models.event import Event
from winnow.server.models.export import Export
from winnow.server.models.image import Image, Series
from winnow.server.models.job import IngestedFile, Job
from winnow.server.models.network import Network
from winnow.server.models.pacs import Pacs
from winnow.server.models.presence import Presence
from winnow.server.models.project import Membership, Project
from winnow.server.models.quarantined import Quarantined
from winnow.server.models.round import Pick, Round
from winnow.server.models.second_factor import SecondFactor
from winnow.server.models.user import ApiToken, User

__all__ = [
    "Annotation",
    "ApiToken",
    "Attempts",
    "Event",
    "Export",
    "Image",
    "IngestedFile",
    "Job",
    "Membership",
    "Network",
    "Pacs",
    "Pick",
    "Presence",
    "Project",
    "Quarantined",
    "Round",
    "SecondFactor",
    "Series",
    "User",
]
