"""A worker whose ingest job counts steps into a file, so that a test can follow it and hold it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from winnow.server.worker.context import JobContext


def run(context: JobContext) -> None:
    """Write one line a step, go on from the lines that are there, and wait at step ``hold`` for the gate file."""
    trace, gate = Path(context.payload["trace"]), Path(context.payload["gate"])
    done = trace.read_text().count("\n") if trace.exists() else 0
    for step in range(done, context.payload["steps"]):
        while step == context.payload["hold"] and not gate.exists():
            context.progress(step / context.payload["steps"], f"held at {step}")
            time.sleep(0.02)
        with trace.open("a") as file:
            file.write(f"{context.attempt}:{step}\n")
        (context.scratch / "checkpoint").write_text(str(step))
    if not context.payload.get("fail"):
        with context.transaction():
            context.succeed({"attempt": context.attempt}, "Done.")
    else:
        raise RuntimeError(context.payload["fail"])


if __name__ == "__main__":
    import signal

    import django

    django.setup()
    from winnow.server.worker import loop

    for kind in loop.HANDLERS:
        loop.HANDLERS[kind] = "steps:run"
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    loop.run_worker(sys.argv[1], stop=stop)
