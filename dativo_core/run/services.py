"""What a run needs from its surroundings."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from dativo_core.flow import Progress
from dativo_core.secrets.base import SecretStore


def _ignore(progress: Progress) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Services:
    """Surroundings of one run: where secrets are, who watches, and the id the run is known by."""

    secrets: SecretStore
    mode: str = "self_hosted"
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    progress: Callable[[Progress], None] = _ignore
