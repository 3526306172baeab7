from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from winnow.errors import Conflict, InvalidInput, NotFound, Unauthenticated, WrongState
from winnow.server import storage
from winnow.server.api.schemas.projects import ProjectSettings
from winnow.server.models import Annotation, ApiToken, Event, Export, Job, Network, Pick, Project, Round
from winnow.server.services import access, accounts, overview, projects, statistics
from winnow.server.services.pool import labelled_images
from winnow.server.services.settings import LoopSettings, as_dict, loop_settings

ONE = [{"value": 1, "name": "a", "colour": "#000000", "code": ""}]


def test_the_defaults_are_written_down_once():
    assert as_dict(LoopSettings()) == ProjectSettings().model_dump()  # type: ignore[call-arg]


def test_who_makes_a_project_manages_it(make_user: Any):
    mia = make_user("mia")
    project = projects.create_project(name="P", labels=ONE, actor=mia, settings={"k": 2})
    assert access.role_of(user=mia, project=project) == "manager"
    assert (loop_settings(project).k, loop_settings(project).K) == (2, 16)
    assert Event.objects.get().action == "project.create"


@pytest.mark.parametrize(
    "given",
    [
        {"name": " "},
        {"labels": [*ONE, {"value": 1, "name": "b", "colour": "#000000"}]},
        {"labels": [*ONE, {"value": 2, "name": "A", "colour": "#000000"}]},
        {"settings": {"k": 17}},
        {"settings": {"strategy": "best"}},
        {"settings": {"cold_start": "best"}},
        {"settings": {"network": "best"}},
        {"settings": {"slices": "oblique"}},
    ],
)
def test_what_does_not_fit_together(given: dict[str, Any], make_user: Any):
    with pytest.raises(InvalidInput):
        projects.create_project(**({"name": "P", "labels": ONE, "actor": make_user("mia")} | given))
    assert not Project.objects.exists()


def test_a_name_is_taken_once(project: Project, user: Any):
    with pytest.raises(Conflict):
        projects.create_project(name=project.name, labels=ONE, actor=user("mia"))


def test_a_change_leaves_the_rest(project: Project, user: Any):
    changed = projects.change_project(project=project, actor=user("mia"), settings={"members": 3})
    assert (changed.name, changed.labels, loop_settings(changed).members) == (project.name, project.labels, 3)
    changed = projects.change_project(project=project, actor=user("mia"), name="Other")
    assert (changed.name, loop_settings(changed).members) == ("Other", 3)


def test_a_class_that_is_drawn_stays(project: Project, user: Any, make_image: Any):
    Annotation.objects.create(
        image=make_image(), author="ann", purpose="draft", mask="0", version=1, class_pixels={"2": 5}
    )
    with pytest.raises(WrongState, match="Class 2"):
        projects.change_project(project=project, actor=user("mia"), labels=ONE)
    renamed = [label | {"name": f"new {label['value']}"} for label in project.labels]
    projects.change_project(project=project, actor=user("mia"), labels=renamed)


def test_a_deleted_project_leaves_nothing_but_its_audit_lines(
    project: Project, user: Any, make_image: Any, own_data_dir: Path
):
    make_image()
    (storage.incoming("abc") / "0").write_bytes(b"patient")
    Job.objects.create(project=project, kind="ingest", payload={"incoming": "abc"})
    (storage.exports_dir() / "1.zip").write_bytes(b"PK")
    Export.objects.create(project=project, format="png", file="1.zip", bytes=2, images=1)
    storage.project_key(project.id)
    projects.delete_project(project=project, actor=user("mia"))
    assert not Project.objects.exists()
    left = [path for path in own_data_dir.rglob("*") if path.is_file() and "blobs" not in path.parts]
    assert left == []
    assert Event.objects.get().subject == "Lungs"


def test_the_example_comes_with_its_job(make_user: Any):
    first, job = projects.create_example(actor=make_user("mia"))
    second, _ = projects.create_example(actor=make_user("ann"))
    assert first.example
    assert first.name != second.name
    assert (job.kind, job.payload) == ("ingest", {"example": True})


def test_members_come_change_and_go(project: Project, user: Any, make_user: Any):
    ole, mia = make_user("ole"), user("mia")
    assert access.role_of(user=ole, project=project) is None
    projects.set_member(project=project, user=ole, role="annotator", actor=mia)
    projects.set_member(project=project, user=ole, role="manager", actor=mia)
    assert access.role_of(user=ole, project=project) == "manager"
    projects.remove_member(project=project, user=ole, actor=mia)
    with pytest.raises(NotFound):
        projects.remove_member(project=project, user=ole, actor=mia)


def test_somebody_manages(project: Project, user: Any):
    mia = user("mia")
    with pytest.raises(WrongState):
        projects.remove_member(project=project, user=mia, actor=mia)
    with pytest.raises(WrongState):
        projects.set_member(project=project, user=mia, role="annotator", actor=mia)


def test_tokens_are_stored_as_hashes_only(make_user: Any):
    mia = make_user("mia")
    token, row = accounts.create_token(actor=mia, name="laptop")
    assert token not in str(ApiToken.objects.values())
    assert accounts.known_token(token=token) == row
    row.refresh_from_db()
    assert row.used_at is not None
    assert accounts.known_token(token=token[:-1]) is None
    mia.is_active = False
    mia.save()
    assert accounts.known_token(token=token) is None


def test_a_token_is_deleted_by_its_owner(make_user: Any):
    token, row = accounts.create_token(actor=make_user("mia"), name="laptop")
    with pytest.raises(NotFound):
        accounts.delete_token(actor=make_user("ann"), token_id=row.id)
    accounts.delete_token(actor=row.user, token_id=row.id)
    assert accounts.known_token(token=token) is None


@pytest.mark.parametrize(
    ("name", "password", "error"),
    [
        ("MIA", "correct horse battery", Conflict),
        ("a b", "correct horse battery", InvalidInput),
        ("ok", "password", InvalidInput),
    ],
)
def test_accounts_are_guarded(name: str, password: str, error: type[Exception], make_user: Any):
    make_user("mia")
    with pytest.raises(error):
        accounts.create_user(name=name, password=password, actor_name="root")


def test_passwords_change_for_who_knows_the_old_one(make_user: Any, rf: Any):
    mia = make_user("mia")
    with pytest.raises(InvalidInput, match="present password"):
        accounts.change_password(actor=mia, old="no", new="a longer passphrase", address="")
    accounts.change_password(actor=mia, old="correct horse battery", new="a longer passphrase", address="")
    assert accounts.sign_in(request=rf.get("/"), name="mia", password="a longer passphrase") == mia
    with pytest.raises(Unauthenticated):
        accounts.sign_in(request=rf.get("/"), name="mia", password="correct horse battery")


def counted(project: Project) -> dict[str, int]:
    return statistics.image_counts(project=project)


def test_the_next_step_follows_the_loop(project: Project, make_image: Any):
    def step() -> str:
        project.refresh_from_db()
        usable = labelled_images(project=project).count()
        return overview.next_step(project=project, counts=counted(project), usable=usable)

    assert step() == "upload"
    images = [make_image(f"{number}.png") for number in range(6)]
    assert step() == "query"
    images[0].state = "picked"
    images[0].save()
    assert step() == "annotate"
    for image in images[:4]:
        image.state = "submitted"
        image.save()
        Annotation.objects.create(image=image, author="ann", purpose="submitted", mask="0", version=1)
    assert step() == "train"
    project.network = Network.objects.create(
        project=project, number=1, weights="0", members=2, labels=4, config={}, metrics={}, seed=0,
        code_version="0", data_fingerprint="0", train_seconds=1,
    )  # fmt: skip
    project.save()
    assert step() == "autoannotate"
    project.images.filter(state="unlabelled").update(state="auto")
    assert step() == "export"


def test_what_waits_for_me(project: Project, make_image: Any, user: Any):
    turn = Round.objects.create(project=project, number=1, strategy="random")
    Pick.objects.create(round=turn, image=make_image("a", state="picked"), rank=0)
    returned = make_image("b", state="rejected")
    Annotation.objects.create(image=returned, user=user("ann"), author="ann", purpose="draft", mask="0", version=1)
    make_image("c", state="submitted")

    def mine(name: str, role: str) -> dict[str, int]:
        return overview.waiting_for(project=project, user=user(name), role=role, counts=counted(project))

    assert mine("ann", "annotator") == {"picks": 1, "returned": 1, "review": 0}
    assert mine("rex", "reviewer") == {"picks": 1, "returned": 0, "review": 1}


def test_statistics_count_the_newest_masks(project: Project, make_image: Any):
    image, auto = make_image("a", state="submitted"), make_image("b", state="auto")
    network = Network.objects.create(
        project=project, number=1, weights="0", members=2, labels=4, config={}, metrics={"mean_iou": 0.4}, seed=0,
        code_version="0", data_fingerprint="0", train_seconds=1,
    )  # fmt: skip

    def put(image: Any, purpose: str, version: int, pixels: dict[str, int], **fields: Any) -> None:
        Annotation.objects.create(
            image=image, purpose=purpose, version=version, mask="0", class_pixels=pixels,
            author=fields.pop("author", "ann"), **fields,
        )  # fmt: skip

    put(image, "truth", 0, {"2": 20}, author="phantom")
    put(image, "auto", 0, {"2": 20}, author="network 1", network=network)
    put(image, "draft", 1, {"1": 3, "2": 9}, active_seconds=30)
    put(image, "submitted", 2, {"1": 5}, active_seconds=60)
    put(auto, "auto", 0, {"1": 7}, author="network 1", network=network)
    found = statistics.statistics(project=project)
    assert found["classes"] == [
        {"value": 1, "name": "ground-glass", "images": 1, "pixels": 5, "automatic_images": 1, "automatic_pixels": 7},
        {"value": 2, "name": "consolidation", "images": 0, "pixels": 0, "automatic_images": 0, "automatic_pixels": 0},
    ]
    assert (found["images"], found["counts"]["auto"], found["minutes"]) == (2, 1, 1.5)
    assert found["people"] == [{"name": "ann", "images": 1, "minutes": 1.5, "median_seconds": 90.0}]
    assert found["learning_curve"][0]["mean_iou"] == 0.4
    assert found["learning_curve"][0]["iou"] == {}
