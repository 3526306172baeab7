"""Files written whole, and compactly."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from winnow.active import resume
from winnow.active.resume import Watch, write_json

plain = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(value=values)
def test_what_is_written_is_read_again(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "value.json"
    write_json(path, value)
    assert json.loads(path.read_text(encoding="utf-8")) == value


def test_a_plain_list_takes_one_line(tmp_path):
    path = tmp_path / "value.json"
    write_json(path, {"runs": [{"picks": ["a  [1].png", "b"], "true": [0.1, None, 0.3]}], "none": []})
    lines = [line.strip() for line in path.read_text().splitlines()]
    assert '"true": [0.1, null, 0.3]' in lines
    assert '"a  [1].png",' in lines


def test_a_watch_goes_on_counting_and_stands_still_once_stopped(tmp_path, monkeypatch):
    now = 0.0
    monkeypatch.setattr(resume.time, "perf_counter", lambda: now)
    watch = Watch(tmp_path)
    now = 0.5
    watch.note()  # too soon after the beginning to be worth a file
    assert not watch.path.exists()
    now = 3.0
    watch.note()
    now = 100.0  # killed, and taken up again
    again = Watch(tmp_path)
    now = 104.0
    assert again.stop() == 7.0
    now = 200.0
    assert Watch(tmp_path).stop() == 7.0
