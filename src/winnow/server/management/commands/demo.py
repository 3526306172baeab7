"""`winnow demo`: the example project, as the page offers it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from winnow.server.models import User
from winnow.server.services import projects


class Command(BaseCommand):
    """Make the example project and put its images into the queue; a running worker generates them."""

    help = "create the example project"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="its manager; the first administrator by default")

    def handle(self, *args: Any, user: str | None, **options: Any) -> None:
        people = User.objects.filter(is_active=True).order_by("id")
        manager = people.filter(**({"username": user} if user else {"is_staff": True})).first()
        if manager is None:
            raise CommandError(f"There is no user {user}." if user else "There is no administrator yet: run bootstrap.")
        project, job = projects.create_example(actor=manager)
        self.stdout.write(f"Project {project.id}, {project.name}: its images come with job {job.id}.")
