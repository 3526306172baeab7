"""What is exported is what was painted, and the manifest says by whom."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from winnow.active.committee import TrainedCommittee
from winnow.errors import StorageFull, WrongState
from winnow.imaging.files import read_picture
from winnow.imaging.mask import decode_mask_png
from winnow.imaging.picture import Picture
from winnow.server import storage
from winnow.server.models import Export, Image, Job, Project
from winnow.server.worker import autoannotate, export
from winnow.server.worker.admit import admit, stored
from winnow.server.worker.context import JobContext
from winnow.server.worker.pictures import mask_of
from winnow.server.worker.reading import Found

from .scenes import add_images, draw, put_to_use, scene

Running = Callable[..., JobContext]
ALL = {"format": "png", "include": ["submitted", "accepted", "auto"]}


def opened() -> zipfile.ZipFile:
    return zipfile.ZipFile(storage.exports_dir() / Export.objects.latest("id").file)


def test_masks_and_images_as_they_were(project: Project, running: Running, trained: TrainedCommittee):
    images = add_images(project, 6)
    draw(images[0], purpose="draft", mask=np.full_like(scene(0)[1], 2))
    draw(images[0])
    draw(images[1])
    Image.objects.filter(id=images[1].id).update(state="accepted")
    draw(images[2], purpose="draft")
    Image.objects.filter(id=images[3].id).update(state="skipped")
    network = put_to_use(project, trained)
    autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    context = running(project, "export", **ALL)
    export.run(context)
    row = Export.objects.get()
    assert Job.objects.get(id=context.job.id).result == {"export": row.id}
    assert (row.images, row.bytes) == (4, (storage.exports_dir() / row.file).stat().st_size)
    with opened() as package:
        assert package.testzip() is None
        manifest = json.loads(package.read("manifest.json"))
        entries = {entry["name"]: entry for entry in manifest["images"]}
        assert list(entries) == ["000.png", "001.png", "004.png", "005.png"]
        for name in ("000.png", "001.png"):
            pixels, mask = scene(int(name[:3]))
            assert (decode_mask_png(package.read(f"masks/{name}.png")) == mask).all()
            assert (read_picture(package.read(f"images/{name}")).pixels == pixels).all()
            assert (entries[name]["source"], entries[name]["author"]) == ("person", "ann")
        automatic = Image.objects.get(name="004.png").annotations.get()
        assert (decode_mask_png(package.read("masks/004.png.png")) == mask_of(automatic)).all()
    assert entries["000.png"] | {"version": 2, "active_seconds": 25.0, "state": "submitted"} == entries["000.png"]
    assert entries["001.png"]["state"] == "accepted"
    told = entries["000.png"]["provenance"]
    assert (told["by"], told["author"], told["network"], told["minutes"]) == ("person", "ann", None, 0.42)
    told = entries["004.png"]["provenance"]
    assert (told["by"], told["author"], told["network"], told["pixels"]) == ("network", "network 1", network.id, None)
    fourth = entries["004.png"]
    assert (fourth["source"], fourth["network"], fourth["author"], fourth["version"]) == ("network", 1, None, 0)
    assert 0 <= fourth["quality"] <= 1
    assert manifest["project"] == "Lungs"
    assert manifest["classes"] == {"0": "background", "1": "ground-glass", "2": "consolidation"}
    assert manifest["problems"] == []


def test_only_the_states_asked_for(project: Project, running: Running):
    first, second = add_images(project, 2)
    draw(first)
    draw(second)
    Image.objects.filter(id=second.id).update(state="accepted")
    export.run(running(project, "export", format="png", include=["accepted"]))
    with opened() as package:
        assert sorted(package.namelist()) == ["images/001.png", "manifest.json", "masks/001.png.png"]
    assert Export.objects.get().options == {"include": ["accepted"]}


def add(project: Project, pixels: np.ndarray, path: str) -> Image:
    found = Found(pictures=[Picture(pixels=pixels, window=(0.0, 400.0), spacing_mm=(0.5, 0.75))])
    (image,), _ = admit(stored(project, found), found, path=path)
    return image


def test_signed_pixels_and_awkward_names(project: Project, running: Running):
    hounsfield = np.array([[-1024, 0], [40, 3071]], np.int16)
    mask = np.array([[0, 1], [2, 0]], np.uint8)
    for number, name in enumerate(("CT-0001", "a.jpg", "a.jpg.png", "切片.PNG")):
        draw(add(project, hounsfield + np.int16(number), name), mask=mask)
    export.run(running(project, "export", **ALL))
    with opened() as package:
        manifest = json.loads(package.read("manifest.json"))
        assert len(set(package.namelist())) == 9
        for number, entry in enumerate(manifest["images"]):
            assert entry["mask"] == f"masks/{entry['name']}.png"
            pixels = read_picture(package.read(entry["file"])).pixels
            assert pixels.dtype == np.uint16
            assert (pixels.astype(np.int32) - entry["pixel_offset"] == hounsfield + number).all()
            assert (decode_mask_png(package.read(entry["mask"])) == mask).all()
            assert (entry["spacing_mm"], entry["window"]) == ([0.5, 0.75], [0.0, 400.0])
        assert manifest["images"][0]["file"] == "images/CT-0001.png"
        assert manifest["images"][3]["file"] == "images/切片.PNG"


def test_a_damaged_image_is_named_and_the_others_are_packed(project: Project, running: Running):
    first, second = add_images(project, 2)
    draw(first)
    draw(second)
    storage.blobs.path(first.pixels).write_bytes(b"rotten")
    export.run(running(project, "export", **ALL))
    with opened() as package:
        manifest = json.loads(package.read("manifest.json"))
    assert [problem["name"] for problem in manifest["problems"]] == ["000.png"]
    assert [entry["name"] for entry in manifest["images"]] == ["001.png"]
    assert "1 left out" in Job.objects.get().message


def test_nothing_to_pack(project: Project, running: Running):
    add_images(project, 1)
    with pytest.raises(WrongState):
        export.run(running(project, "export", **ALL))


def files() -> list[Path]:
    return sorted(storage.exports_dir().iterdir())


def test_half_a_package_is_never_left(project: Project, running: Running, monkeypatch: pytest.MonkeyPatch):
    draw(add_images(project, 1)[0])
    context = running(project, "export", **ALL)
    (storage.exports_dir() / f".{context.job.id}-0.part").write_bytes(b"a killed worker's")

    def full(*_: object) -> None:
        raise StorageFull("full")

    with monkeypatch.context() as patch:
        patch.setattr(export, "_write", full)
        with pytest.raises(StorageFull):
            export.run(context)
    assert files() == []
    assert not Export.objects.exists()
    export.run(context)
    assert [path.name for path in files()] == [Export.objects.get().file]
