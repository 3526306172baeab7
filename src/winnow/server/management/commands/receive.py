"""`winnow receive`: receives DICOM by C-STORE and feeds it into a project's ingest, until it is asked to stop."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from winnow.dicom.receive import Receiver
from winnow.errors import StorageFull, WinnowError
from winnow.server import storage
from winnow.server.models import Membership, Project, User
from winnow.server.services import access
from winnow.server.services.inbox import Inbox

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.2


class Command(BaseCommand):
    """SIGTERM and SIGINT end it; what came whole is put into the queue first."""

    help = "receive DICOM by C-STORE into a project"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", type=int, required=True, metavar="ID", help="the project it all goes into")
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines send")
        parser.add_argument("--port", type=int, default=11112)
        parser.add_argument("--aet", default="WINNOW", help="the AE title that senders must call")
        parser.add_argument(
            "--peer", action="append", default=[], metavar="AET", help="AE titles that may send; repeatable"
        )
        parser.add_argument("--user", metavar="NAME", help="in whose name; the project's first manager by default")
        parser.add_argument(
            "--settle", type=float, default=5.0, metavar="SECONDS", help="of silence, after which what came is taken in"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(id=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        inbox = Inbox(project=project, actor=_manager(project, options["user"]), settle=options["settle"])
        stop = threading.Event()
        try:
            with _listening(options, inbox) as receiver:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, lambda *_: stop.set())
                self.stdout.write(
                    f"Project {project.id} receives at {options['host']}:{receiver.port} as {options['aet']}; Ctrl+C ends it."
                )
                self.stdout.flush()
                _outlive(inbox.adopt)
                while not stop.wait(LOOK_SECONDS):
                    _outlive(inbox.take_in)
            _outlive(partial(inbox.take_in, everything=True))
        except WinnowError as error:
            raise CommandError(error.message) from None


@contextmanager
def _listening(options: dict[str, Any], inbox: Inbox) -> Iterator[Receiver]:
    receiver = Receiver(
        address=(options["host"], options["port"]),
        aet=options["aet"],
        peers=options["peer"],
        folder=storage.incoming_dir(),
        largest=settings.WINNOW_MAX_FILE_BYTES,
        take=inbox.put,
        coming=inbox.coming,
    )
    with ExitStack() as stack:
        try:
            stack.enter_context(receiver)
        except OSError as error:
            where = f"{options['host']}:{options['port']}"
            raise CommandError(f"Nothing can be received at {where}: {error.strerror}.") from None
        yield receiver


def _manager(project: Project, name: str | None) -> User:
    """In whose name files come in."""
    if name is None:
        first = (
            Membership.objects.filter(project=project, role=Membership.Role.MANAGER, user__is_active=True)
            .order_by("id")
            .first()
        )
        user = first.user if first else None
    else:
        user = User.objects.filter(username=name, is_active=True).first()
    if user is None or access.role_of(user=user, project=project) != "manager":
        who = "The project has no manager" if name is None else f"{name} is no manager of this project"
        raise CommandError(f"{who}: name one by --user.")
    return user


def _outlive(action: Callable[[], Any]) -> None:
    """A database or disk that is out of reach for a moment: what was received waits, or comes in at the next start."""
    try:
        action()
    except (DatabaseError, OSError, StorageFull) as error:
        logger.warning("cannot take in now: %s", type(error).__name__)
        close_old_connections()
