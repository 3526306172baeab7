"""The network in use: one pointer, swapped atomically; every older network stays for roll-back."""

from __future__ import annotations

from django.db import transaction

from winnow.errors import CorruptData
from winnow.server import storage
from winnow.server.models import Network, Project, User
from winnow.server.services import audit


@transaction.atomic
def use_network(*, network: Network, actor: User) -> Network:
    """Make it the network in use. Raises CorruptData when its weights are gone."""
    if not storage.blobs.exists(network.weights):
        raise CorruptData("The weights of this network are missing from the storage: restore them from a back-up.")
    Project.objects.filter(id=network.project_id).update(network=network)
    audit.record(
        actor_name=actor.username,
        action="network.use",
        subject=f"network {network.number}",
        project=network.project,
        network=network.id,
    )
    return network
