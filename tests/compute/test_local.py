from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from winnow.compute import make_executor
from winnow.compute.local import LocalExecutor
from winnow.errors import InvalidInput, InvalidMask, JobCancelled, LeaseLost, OutOfMemory, WinnowError

# children import the functions by module name, so the tests' folder has to be on their path
TASKS = Path(__file__).with_name("executor_tasks.py")


@pytest.fixture(scope="module")
def tasks():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TASKS.parent))
        yield importlib.import_module(TASKS.stem)


@pytest.fixture
def pids(tmp_path):
    """A folder in which children leave a file named by their process id."""
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


def run(function: object, tasks: list, **options: object) -> list:
    calls = {"on_progress": lambda _share: None, "should_stop": lambda: False, **options}
    return LocalExecutor(max_workers=2).run(function, tasks, **calls)


def until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_results_come_in_the_order_of_the_tasks_and_progress_ends_at_one(tasks):
    seen = []
    assert run(tasks.double, [3, 1, 2], on_progress=seen.append) == [6, 2, 4]
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_no_tasks_no_results(tasks):
    assert run(tasks.double, []) == []


def test_tasks_run_in_processes_of_one_thread_which_take_one_after_the_other(tasks):
    answers = run(tasks.process_and_threads, [None] * 5)
    assert len({pid for pid, _ in answers} - {os.getpid()}) in {1, 2}
    assert os.getpid() not in {pid for pid, _ in answers}
    assert {threads for _, threads in answers} == {"1"}


def test_a_task_is_made_when_there_is_room_for_it_and_its_result_told_when_it_is_there(tasks):
    """While the first results come in, the last tasks are not there yet: never all of them in memory."""
    open_now: list[int] = []
    most: list[int] = []

    class Made(list):
        def __getitem__(self, index: int) -> int:
            open_now.append(index)
            most.append(len(open_now))
            return super().__getitem__(index)

    told = {}

    def on_result(index: int, value: int) -> None:
        open_now.remove(index)
        told[index] = value

    assert run(tasks.double, Made(range(7)), on_result=on_result) == [2 * task for task in range(7)]
    assert told == {task: 2 * task for task in range(7)}
    assert max(most) <= 2


def test_what_all_tasks_share_comes_with_the_function(tasks):
    assert run(partial(tasks.times, 3), [1, 2, 3]) == [3, 6, 9]


def test_an_error_comes_back_in_its_class_with_detail_and_trace(tasks):
    with pytest.raises(InvalidMask) as caught:
        run(tasks.refuse, ["000.png"])
    assert caught.value.message == "The mask is 3x3; 4x4 is needed."
    assert caught.value.detail == {"image": "000.png"}
    assert "in refuse" in "".join(caught.value.__notes__)


def test_errors_that_cannot_cross_are_named_all_the_same(tasks):
    with pytest.raises(WinnowError, match="1 and 2 became one"):
        run(tasks.fail_unpicklably, [None])
    with pytest.raises(WinnowError, match="SystemExit"):
        run(tasks.exit_quietly, [None])


def test_memory_that_runs_out_is_told_as_such(tasks):
    with pytest.raises(OutOfMemory):
        run(tasks.out_of_memory, [None])
    with pytest.raises(OutOfMemory, match="smaller image size"):
        run(tasks.kill_itself, [signal.SIGKILL])


def test_another_sudden_death_names_the_signal(tasks):
    with pytest.raises(WinnowError, match="SIGSEGV") as caught:
        run(tasks.kill_itself, [signal.SIGSEGV])
    assert not isinstance(caught.value, OutOfMemory)


def test_one_failure_ends_the_others(tasks, pids):
    with pytest.raises(InvalidMask):
        run(tasks.run_for_ever_or_refuse, [pids, "wait for " + str(pids)])
    (child,) = (int(path.name) for path in pids.iterdir())
    assert not alive(child)


@pytest.mark.parametrize("raised", [None, LeaseLost("Another worker has taken the job up.")])
def test_stopping_ends_the_children_at_once(tasks, pids, raised):
    def should_stop() -> bool:
        if len(list(pids.iterdir())) < 2:
            return False
        if raised:
            raise raised
        return True

    with pytest.raises(LeaseLost if raised else JobCancelled):
        run(tasks.ignore_everything, [pids, pids], should_stop=should_stop)
    assert not any(alive(int(path.name)) for path in pids.iterdir())


def test_children_end_when_the_parent_is_killed(tmp_path, pids):
    script = (
        "import sys; from pathlib import Path; import executor_tasks; from winnow.compute.local import LocalExecutor\n"
        "if __name__ == '__main__':\n"
        "    LocalExecutor(max_workers=2).run(executor_tasks.ignore_everything, [Path(sys.argv[1])] * 2,\n"
        "        on_progress=lambda _share: None, should_stop=lambda: False)\n"
    )
    program = tmp_path / "parent.py"
    program.write_text(script)
    environment = os.environ | {"PYTHONPATH": str(TASKS.parent)}
    parent = subprocess.Popen([sys.executable, str(program), str(pids)], env=environment)
    try:
        until(lambda: len(list(pids.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    children = [int(path.name) for path in pids.iterdir()]
    until(lambda: not any(alive(pid) for pid in children))


def test_wrong_settings_are_refused():
    with pytest.raises(InvalidInput, match="local"):
        make_executor("cloud")
    with pytest.raises(InvalidInput):
        LocalExecutor(max_workers=0)
