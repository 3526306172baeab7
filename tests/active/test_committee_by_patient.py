"""Out-of-bag measuring by patient: who saw one slice of a patient measures none of them."""

from __future__ import annotations

from winnow.active.resampling import bootstrap

from .test_committee import QUICK, scenes, train


def test_no_image_is_measured_by_a_network_that_saw_the_same_patient(tmp_path, monkeypatch):
    draws = []

    def keep(*arguments, **options):
        draws.extend(bootstrap(*arguments, **options))
        return draws

    monkeypatch.setattr("winnow.active.committee.bootstrap", keep)
    patients = ["a", "a", "b", "b", "c", "d"]
    metrics = train(scenes(6), tmp_path, config=QUICK, patients=patients).metrics
    assert metrics["resampled"] == "patients"
    seen = [{patients[place] for place in draw} for draw in draws]
    assert metrics["images"] == sum(any(patient not in one for one in seen) for patient in patients)
