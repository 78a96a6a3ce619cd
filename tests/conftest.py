"""Services shared by all tests, each started once and only when a test asks for it."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.s3_service import S3Service, or_without, running_s3

pytest_plugins = ["tests.canary_session"]

if TYPE_CHECKING:
    from tests.aws_service import AwsSecrets
    from tests.vault_service import VaultService


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    """A real S3 service; without it the test is skipped, or fails where services are required."""
    with or_without(), running_s3(tmp_path_factory.mktemp("seaweedfs")) as service:
        yield service


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[VaultService]":
    """A real secrets server that speaks Vault's interface; skipped or failed as `s3_service` is."""
    with or_without():
        from tests.vault_service import running_vault

        with running_vault(tmp_path_factory.mktemp("openbao")) as service:
            yield service


@pytest.fixture(scope="session")
def aws_secrets(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[AwsSecrets]":
    """A server that speaks the interface of AWS Secrets Manager; skipped or failed as `s3_service` is."""
    with or_without():
        from tests.aws_service import running_aws

        with running_aws(tmp_path_factory.mktemp("moto")) as service:
            yield service


# How fast values are made says something about the machine, nothing about the code.
# Where a change is judged, chance has no part in it: the same examples as the time before. Elsewhere each run tries new ones.
IS_JUDGED = os.environ.get("DATIVO_TEST_REQUIRE_SERVICES") == "1"
settings.register_profile("dativo", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=IS_JUDGED)
settings.load_profile("dativo")
