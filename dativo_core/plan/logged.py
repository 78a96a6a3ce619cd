"""Problems of configuration files as log records."""

import logging
from collections.abc import Sequence

from dativo_core.model.finding import Finding, errors
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event

_logger = logging.getLogger(__name__)


def log_findings(findings: Sequence[Finding], event: Event) -> None:
    """Log each error among `findings` with its place."""
    for finding in errors(findings):
        place = f"{finding.file}:{finding.line}"
        log_event(
            _logger, event, str(finding), level=logging.ERROR, place=place, key_path=finding.key_path, code=finding.code
        )
