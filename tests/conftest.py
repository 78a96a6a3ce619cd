"""Services shared by all tests, each started once and only when a test asks for it."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.s3_service import S3Service, ServiceMissing, running_s3


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    """A real S3 service; without it the test is skipped, or fails where services are required."""
    try:
        with running_s3(tmp_path_factory.mktemp("seaweedfs")) as service:
            yield service
    except ServiceMissing as missing:
        if os.environ.get("DATIVO_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


# How fast values are made says something about the machine, nothing about the code.
settings.register_profile("dativo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dativo")
