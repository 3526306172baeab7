"""`winnow worker`: works on the jobs of one lane until it is asked to stop."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from winnow.server.models import Job
from winnow.server.worker.loop import run_worker


class Command(BaseCommand):
    """SIGTERM and SIGINT hand the job back and end the worker."""

    help = "run a worker alone"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lane", choices=Job.Lane.values, default=Job.Lane.LONG.value)
        parser.add_argument("--once", action="store_true", help="work on one job at most, then end")

    def handle(self, *args: Any, lane: str, once: bool, **options: Any) -> None:
        # pydicom quotes the values of the files it reads in its warnings
        warnings.simplefilter("ignore")
        logging.getLogger("pydicom").disabled = True  # a level would be reset when pydicom is imported
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        run_worker(lane, stop=stop, once=once)
