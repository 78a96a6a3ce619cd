"""Packages a command needs, asked for before anything is imported from them."""

from importlib.util import find_spec

from dativo_core.errors import ConfigError


def require_package(package: str) -> None:
    """Raise ConfigError with what to install when a package is missing."""
    if find_spec(package) is None:
        distribution = package.replace("_", "-")
        message = f"{distribution} is not installed, and nothing else can start the schedules"
        raise ConfigError(message, hint=f"pip install '{distribution}>=1.13,<1.14'")
