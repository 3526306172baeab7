"""`winnow token USER`: a bearer token for a user's scripts."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from winnow.server.models import ApiToken, User
from winnow.server.services import accounts


class Command(BaseCommand):
    """Print a new token and nothing else, so that a script can take it over as it is."""

    help = "make a bearer token for a user's scripts"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--name", default="command line", help="what the profile page calls it")
        parser.add_argument(
            "--scope",
            choices=ApiToken.Scope.values,
            default=ApiToken.Scope.MANAGE.value,
            help="what it may be used for",
        )

    def handle(self, *args: Any, user: str, name: str, scope: str, **options: Any) -> None:
        found = User.objects.filter(username=user, is_active=True).first()
        if found is None:
            raise CommandError(f"There is no user {user}.")
        token, _ = accounts.create_token(actor=found, name=name, scope=scope)
        self.stdout.write(token)
