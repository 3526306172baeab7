"""`winnow manage bootstrap`: make an installation ready to be served. Safe to repeat."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from winnow.server.models import User
from winnow.server.services import accounts
from winnow.server.worker.restore import staging_of

NAME = "admin"


class Command(BaseCommand):
    """Migrate the database; where there is no user yet, make the administrator and say the password once."""

    help = "migrate, and create the administrator on first start"

    def handle(self, *args: Any, **options: Any) -> None:
        if staging_of(settings.WINNOW_DATA_DIR).exists():
            raise CommandError("A restore into this data directory did not finish: run `winnow restore FILE` again.")
        call_command("migrate", interactive=False, verbosity=0)
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            if User.objects.exists():
                return
            accounts.create_user(name=NAME, password=password, actor_name="bootstrap", administrator=True)
        self.stdout.write(
            f"Administrator: {NAME}\nPassword: {password}\n"
            "It is shown this once. Sign in with it, and change it on your profile page."
        )
