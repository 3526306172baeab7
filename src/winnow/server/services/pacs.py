"""A project's PACS: connect, search, ask for series. Only hosts that the administrator named are ever asked.

What a search finds names patients: it is handed on, and never stored or logged; the audit log says that somebody
searched, and by which fields.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db import transaction

from winnow.dicom.web import FoundSeries, Server, Study, is_uid, search_series, search_studies
from winnow.errors import InvalidInput, WrongState
from winnow.server import storage
from winnow.server.models import Job, Pacs, Project, User
from winnow.server.services import audit, ingest, jobs
from winnow.server.services.secret import seal, unseal

WANTED = "wanted.json"
MOST_STUDIES = 100
DEFAULT_PORTS = {"http": 80, "https": 443}
# who asks for one study by nobody's number only wants to know whether the PACS answers
NOBODY = "winnow-connection-test"


def find(*, project: Project) -> Pacs | None:
    """The project's connection, if there is one."""
    return Pacs.objects.filter(project=project).first()


def connect(*, project: Project, url: str, user: str, password: str | None, actor: User) -> Pacs:
    """Connect a project to a PACS, which is asked first whether it answers.

    password : None keeps the one that is stored, as long as it goes to the same address and user
    raises   : InvalidInput, also for a host that WINNOW_PACS_HOSTS does not name; PacsAway, PacsRefuses. Whatever is
               raised, the connection stays as it was
    """
    address = _guard_address(url)
    if password is None:
        password = _kept_password(project, address, user)
    if password and not user:
        raise InvalidInput("A password needs a user name.")
    search_studies(_server(address, user, password), patient_id=NOBODY, limit=1)
    with transaction.atomic():
        values = {"url": address, "user": user, "secret": seal(password), "connected_by": actor.username}
        pacs, _ = Pacs.objects.update_or_create(project=project, defaults=values)
        audit.record(
            actor_name=actor.username, action="pacs.connect", subject=urlsplit(address).netloc, project=project
        )
    return pacs


@transaction.atomic
def disconnect(*, project: Project, actor: User) -> None:
    """Forget the connection and its password."""
    Pacs.objects.filter(project=project).delete()
    audit.record(actor_name=actor.username, action="pacs.disconnect", subject=project.name, project=project)


def server_of(*, project: Project) -> Server:
    """How to reach the project's PACS. Raises WrongState without one, InvalidInput when its host is no longer named."""
    pacs = find(project=project)
    if pacs is None:
        raise WrongState("The project is connected to no PACS.")
    return _server(_guard_address(pacs.url), pacs.user, unseal(pacs.secret))


def studies(
    *,
    project: Project,
    actor: User,
    patient_id: str = "",
    patient_name: str = "",
    since: date | None = None,
    until: date | None = None,
    modality: str = "",
) -> tuple[list[Study], bool]:
    """The studies that fit, and whether there are more. Raises InvalidInput without anything to search by, and as ``web``."""
    given = {
        "patient_id": patient_id.strip(),
        "patient_name": patient_name.strip(),
        "since": since,
        "until": until,
        "modality": modality.strip().upper(),
    }
    if not any(given.values()):
        raise InvalidInput("Give something to search by: a patient's number or name, a day, or a modality.")
    if since and until and since > until:
        raise InvalidInput("The first day is after the last one.")
    server = server_of(project=project)
    by = [name for name, value in given.items() if value]
    audit.record(actor_name=actor.username, action="pacs.search", subject=server.host, project=project, by=by)
    return search_studies(server, limit=MOST_STUDIES, **given)  # type: ignore[arg-type]  # as they are named here


def series(*, project: Project, study: str) -> list[FoundSeries]:
    """The series of a study that a search found. Raises as ``web``."""
    return search_series(server_of(project=project), study=study)


def pull(*, project: Project, wanted: Sequence[tuple[str, str]], actor: User) -> Job:
    """Ask for series, (study, series) each; the worker takes them in as any upload.

    Their UIDs lead back to a patient: they lie with the files to come and go with them, never in the database.

    raises : InvalidInput, WrongState, StorageFull; then nothing is left
    """
    if not wanted:
        raise InvalidInput("Choose a series.")
    if not all(is_uid(uid) for pair in wanted for uid in pair):
        raise InvalidInput("A study or series is named by its UID: digits and dots.")
    server_of(project=project)
    storage.need_free(0)
    upload_id = ingest.new_upload_id()
    chosen = list(dict.fromkeys(wanted))
    try:
        storage.write_atomically(storage.incoming(upload_id) / WANTED, json.dumps(chosen).encode())
        payload = {"incoming": upload_id, "pacs": True}
        return jobs.enqueue(kind=Job.Kind.INGEST, project=project, actor=actor, payload=payload, series=len(chosen))
    except BaseException:
        storage.discard_incoming(upload_id)
        raise


def wanted(*, upload_id: str) -> list[tuple[str, str]]:
    """The series that were asked for, (study, series) each. Raises FileNotFoundError when they are gone."""
    pairs = json.loads((storage.incoming_path(upload_id) / WANTED).read_text())
    return [(study, one) for study, one in pairs]


def _guard_address(url: str) -> str:
    """The base address in the form it is kept in. Raises InvalidInput."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        raise InvalidInput("This is not an address.") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise InvalidInput("The address of a PACS begins with http:// or https:// and names a host.")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("The address must not hold the user or password: they have fields of their own.")
    if parts.query or parts.fragment or not url.isascii() or not url.strip().isprintable() or " " in url.strip():
        raise InvalidInput("The address is that of the DICOMweb service, such as https://pacs.example.org/dicom-web.")
    _guard_host(parts, port)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _guard_host(parts: SplitResult, port: int) -> None:
    """Raises InvalidInput unless the administrator named this host, with this port if it is not the usual one."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    names = {f"{host}:{port}"} | ({host} if port == DEFAULT_PORTS[parts.scheme] else set())
    if not names & set(settings.WINNOW_PACS_HOSTS):
        raise InvalidInput(f"{host}:{port} may not be asked: an administrator names the PACS in WINNOW_PACS_HOSTS.")


def _kept_password(project: Project, address: str, user: str) -> str:
    """Never sent to another address than the one it was given for."""
    pacs = find(project=project)
    if pacs is None:
        return ""
    if pacs.secret and (pacs.url, pacs.user) != (address, user):
        raise InvalidInput("Give the password again: the address or the user is another one than before.")
    return unseal(pacs.secret)


def _server(address: str, user: str, password: str) -> Server:
    return Server(address, user=user, password=password, seconds=settings.WINNOW_PACS_SECONDS)
