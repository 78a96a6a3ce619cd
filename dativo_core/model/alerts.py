"""Who hears when a run fails, as the operator's runner.yaml says it."""

from typing import Annotated, Literal

from pydantic import Field

from dativo_core.model.base import FileModel

AlertEvent = Literal["failure", "recovered"]
AtLeastOne = Annotated[tuple[str, ...], Field(min_length=1)]


class Alert(FileModel):
    """One address that is told of runs of some tenants."""

    name: str = Field(min_length=1, description="name of the alert, unique in the file")
    type: Literal["webhook", "slack"] = Field(
        description="what is sent: a JSON object with one key per fact, or a text as Slack takes it"
    )
    url: str = Field(
        min_length=1,
        description="where to send it: a reference such as ${SLACK_URL}, read from the environment, or an https address",
    )
    tenants: AtLeastOne | None = Field(None, description="only runs of these tenants; unless set, of all")
    environments: AtLeastOne | None = Field(None, description="only jobs of these environments; unless set, of all")
    on: Annotated[tuple[AlertEvent, ...], Field(min_length=1)] = Field(
        ("failure",), description="failure: a run failed for good; recovered: the first success after failures"
    )
