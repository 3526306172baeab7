"""A real cluster on loopback: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from winnow.active.examination import Committee
from winnow.active.looking import SHARD, look_at
from winnow.compute import make_executor
from winnow.compute.cluster import FEW, ClusterExecutor
from winnow.compute.local import LocalExecutor
from winnow.compute.serial import SerialExecutor
from winnow.errors import ClusterAway, InvalidInput, InvalidMask, JobCancelled, LeaseLost, OutOfMemory
from winnow.imaging.picture import Picture
from winnow.segmentation.networks import NetworkConfig, build

FOLDER = Path(__file__).parent
ENVIRONMENT = os.environ | {"PYTHONPATH": str(FOLDER), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}


@contextmanager
def dask_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """The scheduler's address, and the processes: the scheduler, then two workers. All end with the block."""
    file = folder / "scheduler.json"
    local = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    worker = ["worker", *local, "--nthreads", "1", "--local-directory", str(folder)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for command in (["scheduler", *local, "--port", "0"], worker, worker)
    ]
    try:
        yield address_in(file), processes
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def address_in(file: Path) -> str:
    end = time.monotonic() + 60
    while True:
        try:
            return json.loads(file.read_text())["address"]
        except (FileNotFoundError, json.JSONDecodeError):  # not there, or half written
            assert time.monotonic() < end, "the scheduler never came up"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as (address, _):
        yield address


@pytest.fixture(scope="module")
def tasks():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("executor_tasks")


@pytest.fixture
def pids(tmp_path):
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


@pytest.fixture
def run(address):
    def run(function: object, tasks: list, **options: object) -> list:
        calls = {"on_progress": lambda _share: None, "should_stop": lambda: False, **options}
        return make_executor("dask", scheduler=address).run(function, tasks, **calls)

    return run


def test_results_come_in_the_order_of_the_tasks_and_progress_ends_at_one(run, tasks):
    seen = []
    assert run(tasks.double, [3, 1, 2], on_progress=seen.append) == [6, 2, 4]
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_tasks_are_made_as_there_is_room_and_results_told_as_they_come(run, tasks):
    made, told, most = [], {}, []

    class Made(list):
        def __getitem__(self, index: int) -> int:
            made.append(index)
            most.append(len(made) - len(told))
            return super().__getitem__(index)

    function = partial(tasks.times, 3)
    assert run(function, Made(range(50)), on_result=told.__setitem__) == [3 * task for task in range(50)]
    assert told == {task: 3 * task for task in range(50)}
    assert max(most) <= FEW


def test_no_tasks_no_results(run, tasks):
    assert run(tasks.double, []) == []


def test_the_same_seed_gives_the_same_weights_as_on_one_machine(run, tasks):
    assert tasks  # puts the folder on the path of this process and its children
    train = importlib.import_module("cluster_tasks").train
    (near,) = LocalExecutor(max_workers=1).run(train, [1], on_progress=lambda _: None, should_stop=lambda: False)
    far = run(train, [1, 2])
    assert near.keys() == far[0].keys()
    assert all(np.array_equal(near[name], far[0][name]) for name in near)
    assert not np.array_equal(far[0]["down.0.0.0.weight"], far[1]["down.0.0.0.weight"])


def test_a_pool_is_looked_at_there_as_in_this_process(address):
    """Shards of pictures and the committee travel in the tasks; not a bit of what comes back differs."""
    import torch

    torch.set_num_threads(1)
    networks = [build(NetworkConfig("fcn_fast", 1, 3)) for _ in range(2)]
    committee = Committee(networks, classes=[1, 2], size=48)
    rng = np.random.default_rng(0)
    pictures = [Picture(rng.integers(0, 256, (50, 40)).astype(np.uint8), (128.0, 256.0)) for _ in range(SHARD + 2)]
    near = look_at(pictures, committee=committee, executor=SerialExecutor(), dropout=True)
    far = look_at(pictures, committee=committee, executor=make_executor("dask", scheduler=address), dropout=True)
    assert len(near) == len(far) == SHARD + 2
    assert all(np.array_equal(one[name], other[name]) for one, other in zip(near, far, strict=True) for name in one)


def test_a_killed_worker_costs_only_its_task(run, tasks, tmp_path):
    assert run(tasks.kill_its_process_once, [tmp_path / "marker"]) == ["done"]


def test_a_task_that_kills_every_worker_is_told_as_memory(run, tasks):
    with pytest.raises(OutOfMemory, match="smaller image size"):
        run(tasks.kill_itself, [signal.SIGKILL])


def test_an_error_comes_back_in_its_class_with_detail_and_trace(run, tasks):
    with pytest.raises(InvalidMask) as caught:
        run(tasks.refuse, ["000.png"])
    assert caught.value.detail == {"image": "000.png"}
    assert "in refuse" in "".join(caught.value.__notes__)
    with pytest.raises(OutOfMemory):
        run(tasks.out_of_memory, [None])


@pytest.mark.parametrize("raised", [None, LeaseLost("Another worker has taken the job up.")])
def test_stopping_ends_the_tasks(run, tasks, pids, raised):
    def should_stop() -> bool:
        if len(list(pids.iterdir())) < 2:
            return False
        if raised:
            raise raised
        return True

    with pytest.raises(LeaseLost if raised else JobCancelled):
        run(tasks.run_for_ever, [pids, pids], should_stop=should_stop)
    assert run(tasks.double, [1, 2]) == [2, 4]  # only workers that are free again can answer


def test_tasks_end_when_the_job_s_process_is_killed(run, tasks, address, pids):
    script = (
        "import sys; from pathlib import Path; import executor_tasks; from winnow.compute import make_executor\n"
        "make_executor('dask', scheduler=sys.argv[1]).run(executor_tasks.run_for_ever, [Path(sys.argv[2])] * 2,\n"
        "    on_progress=lambda _share: None, should_stop=lambda: False)\n"
    )
    job = subprocess.Popen([sys.executable, "-c", script, address, str(pids)], env=ENVIRONMENT)
    end = time.monotonic() + 60
    try:
        while len(list(pids.iterdir())) < 2:
            assert time.monotonic() < end, "the tasks never began"
            time.sleep(0.05)
    finally:
        job.kill()
        job.wait()
    assert run(tasks.double, [1, 2]) == [2, 4]


def test_one_failure_ends_the_others(run, tasks, pids):
    with pytest.raises(InvalidMask):
        run(tasks.run_for_ever_or_refuse, [pids, "wait for " + str(pids)])
    assert run(tasks.double, [1, 2]) == [2, 4]


def test_a_scheduler_that_is_away_is_told(tasks):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ClusterAway, match=address):
            ClusterExecutor(scheduler=address, patience=1).run(
                tasks.double, [1], on_progress=lambda _: None, should_stop=lambda: False
            )


def test_a_scheduler_that_goes_away_is_told(tasks, pids, tmp_path):
    with dask_cluster(tmp_path) as (address, processes):

        def lose_the_scheduler() -> bool:
            if list(pids.iterdir()):
                processes[0].kill()
            return False

        with pytest.raises(ClusterAway, match="lost"):
            ClusterExecutor(scheduler=address, patience=1).run(
                tasks.run_for_ever, [pids], on_progress=lambda _: None, should_stop=lose_the_scheduler
            )


def test_a_scheduler_that_goes_away_with_tasks_left_is_told(tasks, tmp_path):
    with dask_cluster(tmp_path) as (address, processes):

        def lose_the_scheduler(_index: int, _result: int) -> None:
            processes[0].kill()

        with pytest.raises(ClusterAway, match="lost"):
            ClusterExecutor(scheduler=address, patience=1).run(
                tasks.double,
                range(200),
                on_progress=lambda _: None,
                should_stop=lambda: False,
                on_result=lose_the_scheduler,
            )


def test_wrong_settings_are_refused(tasks):
    with pytest.raises(InvalidInput, match="WINNOW_DASK_SCHEDULER"):
        make_executor("dask")
    with pytest.raises(InvalidInput, match="address"):
        make_executor("dask", scheduler="nonsense://x").run(
            tasks.double, [1], on_progress=lambda _: None, should_stop=lambda: False
        )
