"""Client libraries that only some backends need, and that may not be installed."""

import importlib
from types import ModuleType

from dativo_core.errors import ConfigError


def client_library(module: str, extra: str) -> ModuleType:
    """Return an imported module; ConfigError that says how to install it when it is not there."""
    try:
        return importlib.import_module(module)
    except ImportError:
        message = f"the secret backend {extra} needs {module.partition('.')[0]}, which is not installed"
        raise ConfigError(message, hint=f"pip install 'dativo[{extra}]'") from None
