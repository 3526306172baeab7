"""The command line: `winnow serve | worker | receive | token | demo | backup | restore | manage | deidentify | …`.

Installation commands are Django's management commands under shorter names; the others are plain science and
know no Django. Exit status: 0 done, 1 an error Winnow raises on purpose (its sentence on stderr), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winnow.active.resume import write_json
from winnow.errors import WinnowError

WITHOUT_TESSERACT = (
    "winnow: tesseract is not installed, so nobody searches pixels for text: what is likely to hold some is not written, "
    "the rest is, with a remark in the report. Debian's package is tesseract-ocr."
)
INSTALLATION = {
    "serve": "start the web service and its workers",
    "worker": "run a worker alone",
    "receive": "receive DICOM by C-STORE into a project",
    "token": "make a bearer token for a user's scripts",
    "demo": "create the example project",
    "backup": "write database, blobs and keys to one file",
    "restore": "bring such a file into an empty data directory",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; see `winnow --help`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given and given[0] in {*INSTALLATION, "manage"}:
            return _manage(given[1:] if given[0] == "manage" else given)
        namespace = _parser().parse_args(given)
        run = namespace.run
        return int(run(namespace) or 0)
    except WinnowError as error:
        print(f"winnow: {error.message}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"winnow: {error}", file=sys.stderr)
        return 1


def _manage(given: Sequence[str]) -> int:
    """Hand over to Django, whose commands parse their own arguments."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winnow.server.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 the science starts without Django
    from django.db import DatabaseError  # noqa: PLC0415

    try:
        execute_from_command_line(["winnow", *given])
    except DatabaseError as error:
        print(f"winnow: The database cannot be used ({error}).", file=sys.stderr)
        print(
            "`winnow serve` prepares it on its first start, `winnow manage bootstrap` without serving.", file=sys.stderr
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    """One subcommand each; the science is imported only when its command runs."""
    parser = argparse.ArgumentParser(prog="winnow", description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in INSTALLATION.items():  # listed for --help; main() hands them to Django
        commands.add_parser(name, help=text, add_help=False)
    commands.add_parser("manage", help="Django's management commands", add_help=False)
    _add_deidentify(commands.add_parser("deidentify", help="de-identify a folder or ZIP of DICOM files"))
    _add_simulate(commands.add_parser("simulate", help="replay a labelled folder with a query strategy"))
    _add_reproduce(commands.add_parser("reproduce", help="the paper's tables 3, 4 and 5 on a labelled folder"))
    _add_evaluate(commands.add_parser("evaluate", help="measure index masks against reference masks"))
    return parser


def _output(text: str) -> Path:
    """A file that can be written: refused now, not after hours of work."""
    path = Path(text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path.parent} cannot be made: {error.strerror}") from error
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} cannot be written")
    return path


def _add_deidentify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="SRC", help="folder or ZIP")
    parser.add_argument("destination", type=Path, metavar="DST", help="folder; made when absent")
    parser.add_argument("--report", type=_output, required=True, metavar="REPORT.json")
    parser.add_argument("--key", type=Path, help="file with the secret key of the pseudonyms; made when absent")
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME", help="of PS3.15 E.3, such as retain-uids; repeatable"
    )
    parser.add_argument(
        "--burned-in",
        choices=["blank", "quarantine", "off"],
        default="blank",
        help="text in the pixels: blank it (the default), leave such files out, or do not search",
    )
    parser.set_defaults(run=_deidentify)


def _deidentify(namespace: argparse.Namespace) -> int:
    from winnow.dicom.folder import deidentify_folder, load_or_make_key  # noqa: PLC0415
    from winnow.dicom.options import Options  # noqa: PLC0415
    from winnow.imaging import tesseract  # noqa: PLC0415

    options, key = Options.named(namespace.option), load_or_make_key(namespace.key)
    if namespace.burned_in != "off" and tesseract.program() is None:
        print(WITHOUT_TESSERACT, file=sys.stderr)
    report = deidentify_folder(
        namespace.source, namespace.destination, key=key, options=options, burned_in=namespace.burned_in
    )
    write_json(namespace.report, report)
    return 0


def _add_protocol(parser: argparse.ArgumentParser) -> None:
    """What one replay and a whole experiment have in common."""
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="images/*.png, masks/*.png, optional folds.json")
    parser.add_argument("--cold-start", default="diverse")
    parser.add_argument("--start", type=int, default=8, help="images labelled at the start")
    parser.add_argument("--k", type=int, default=8, help="picks a round")
    parser.add_argument("--K", type=int, default=16, help="most uncertain candidates the picks are chosen from")
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--size", type=int, default=256, help="pixels: the longer side as the networks see it")
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--network", help="fcn_fast, fcn (the paper's), unet, cumednet; the default one when left out")


def _given(namespace: argparse.Namespace, *names: str) -> dict[str, Any]:
    """These options, without those left to the default of what they are handed to."""
    return {name: value for name in names if (value := getattr(namespace, name)) is not None}


PROTOCOL = ("cold_start", "start", "k", "K", "members", "size", "epochs", "network")


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    _add_protocol(parser)
    parser.add_argument("--strategy", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fold", type=int, default=0, help="the fold kept as test set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--scratch", type=Path, metavar="DIR", help="keeps the checkpoints: goes on where one broke off"
    )
    parser.add_argument("--json", type=_output, required=True, metavar="OUT")
    parser.set_defaults(run=_simulate)


def _simulate(namespace: argparse.Namespace) -> int:
    from winnow.active.simulation import simulate  # noqa: PLC0415

    options = _given(namespace, *PROTOCOL, "dataset", "strategy", "rounds", "fold", "seed", "scratch")
    write_json(namespace.json, simulate(**options))
    return 0


def _add_reproduce(parser: argparse.ArgumentParser) -> None:
    _add_protocol(parser)
    parser.add_argument("--json", type=Path, required=True, metavar="OUT", help="added to when it is there")
    parser.add_argument("--folds", type=_numbers, metavar="0,1,2", help="test folds; all when left out")
    parser.add_argument("--seeds", type=_numbers, default=[0], metavar="0,1")
    parser.add_argument("--tables", type=_numbers, default=[3, 4, 5], metavar="3,4,5")
    parser.add_argument("--rows", type=_names, metavar="winnow,random", help="strategies; all when left out")
    parser.add_argument("--networks", type=_names, metavar="fcn_fast,fcn", help="of table 3; all when left out")
    parser.add_argument("--workers", type=int, help="replays side by side; as many as processors when left out")
    parser.set_defaults(run=_reproduce)


def _names(text: str) -> list[str]:
    """The names of a list such as winnow,random."""
    return [part.strip() for part in text.split(",")]


def _numbers(text: str) -> list[int]:
    """The numbers of a list such as 0,1,2."""
    return [int(part) for part in text.split(",")]


def _reproduce(namespace: argparse.Namespace) -> int:
    from winnow.active.reproduce import Protocol, reproduce  # noqa: PLC0415
    from winnow.active.tables import printed  # noqa: PLC0415
    from winnow.compute import make_executor  # noqa: PLC0415

    chosen = _given(namespace, "folds", "seeds", "tables", "rows", "networks")
    chosen["executor"] = make_executor("local", max_workers=namespace.workers)
    protocol = Protocol(**_given(namespace, *PROTOCOL))
    print(printed(reproduce(namespace.dataset, out=namespace.json, protocol=protocol, **chosen)["tables"]))
    return 0


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predictions", type=Path, metavar="PREDICTIONS", help="folder of index masks")
    parser.add_argument("reference", type=Path, metavar="REFERENCE", help="folder of index masks of the same names")
    parser.add_argument("--json", type=_output, required=True, metavar="OUT")
    parser.set_defaults(run=_evaluate)


def _evaluate(namespace: argparse.Namespace) -> int:
    from winnow.active.evaluation import evaluate  # noqa: PLC0415

    write_json(namespace.json, evaluate(namespace.predictions, namespace.reference))
    return 0
