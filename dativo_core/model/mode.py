"""Who runs Dativo, which decides what the files of tenants may do."""

from enum import StrEnum


class Mode(StrEnum):
    """The owner of the machine, whose jobs may read the environment, or a service for many tenants."""

    SELF_HOSTED = "self_hosted"
    CLOUD = "cloud"
