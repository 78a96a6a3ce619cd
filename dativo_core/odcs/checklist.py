"""What the official schema lets through in the sections around the tables of a contract."""

from datetime import UTC, datetime

from dativo_core.model.finding import Finding
from dativo_core.odcs.custom_properties import check_custom_properties
from dativo_core.odcs.encryption import check_encryption
from dativo_core.odcs.servers import check_servers
from dativo_core.odcs.sla import check_sla
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.odcs.tags_and_links import check_created, check_links, check_tags
from dativo_core.odcs.team import check_team
from dativo_core.workspace.document import Document


def check_sections(contract: StandardContract, document: Document) -> list[Finding]:
    """Return every problem of tags, links, dates, team, service levels, servers, custom properties and encryption."""
    return [
        *check_tags(document),
        *check_links(document),
        *check_created(document),
        *check_custom_properties(document),
        *check_team(contract, document),
        *check_sla(contract, document, datetime.now(UTC)),
        *check_servers(document),
        *check_encryption(contract, document),
    ]
