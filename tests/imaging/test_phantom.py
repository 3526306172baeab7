from __future__ import annotations

import numpy as np
import pytest

from winnow.imaging.phantom import CONSOLIDATION, GROUND_GLASS, phantom_patient, phantom_slice, smooth_noise


@pytest.fixture(scope="module")
def slices() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(7)
    return [phantom_slice(rng=rng, size=128) for _ in range(40)]


def test_a_slice_is_hounsfield_units_with_its_mask(slices: list) -> None:
    for hu, mask in slices:
        assert (hu.dtype, mask.dtype) == (np.int16, np.uint8)
        assert hu.shape == mask.shape == (128, 128)
        assert set(np.unique(mask)) <= {0, GROUND_GLASS, CONSOLIDATION}
        assert hu[2, 2] < -900  # air around the body
        assert hu.max() > 300  # bone


def test_both_classes_occur_and_have_their_density(slices: list) -> None:
    values = {kind: np.concatenate([hu[mask == kind] for hu, mask in slices]) for kind in (GROUND_GLASS, CONSOLIDATION)}
    assert -700 < np.median(values[GROUND_GLASS]) < -400
    assert -100 < np.median(values[CONSOLIDATION]) < 50
    assert sum(mask.any() for _, mask in slices) > 20
    assert any(not mask.any() for _, mask in slices)


def test_lesions_lie_in_the_lungs(slices: list) -> None:
    for _, mask in slices:
        border = np.concatenate([mask[:20].ravel(), mask[-20:].ravel(), mask[:, :8].ravel(), mask[:, -8:].ravel()])
        assert not border.any()


def test_the_same_seed_draws_the_same_slice_and_another_a_different_one() -> None:
    first, again, other = (phantom_slice(rng=np.random.default_rng(seed), size=64) for seed in (3, 3, 4))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_neighbouring_slices_of_a_patient_resemble_each_other() -> None:
    patient = phantom_patient(rng=np.random.default_rng(1))
    other = phantom_patient(rng=np.random.default_rng(2))

    def draw(patient: object, level: float) -> np.ndarray:
        return phantom_slice(rng=np.random.default_rng(0), size=96, patient=patient, level=level)[0].astype(float)

    here = draw(patient, 0.5)
    assert np.abs(here - draw(patient, 0.52)).mean() < np.abs(here - draw(other, 0.5)).mean()


def test_smooth_noise_has_deviation_one_and_is_smooth() -> None:
    noise = smooth_noise(np.random.default_rng(0), 64, 3)
    assert noise.std() == pytest.approx(1)
    assert np.abs(np.diff(noise, axis=0)).mean() < 0.5
