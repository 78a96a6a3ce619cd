"""Credentials and connections: secrets by reference, and one placeholder in the path of a secret."""

import re

from dativo_core.model.closed_variables import REMEDY, is_closed
from dativo_core.model.declared_options import is_inline_secret
from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.merge import Merged

_PLACEHOLDER = re.compile(r"(?<!\$)\{([^{}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def check_credentials(settings: Merged) -> list[Finding]:
    """Return what is wrong with where credentials are said to be."""
    findings: list[Finding] = []
    credentials = settings.data.get("credentials") or {}
    template, variable = credentials.get("file_template"), credentials.get("from_env")
    strange = [name for name in _PLACEHOLDER.findall(template or "") if name != "tenant"]
    if strange:
        message = f"'{{{strange[0]}}}' is not replaced here"
        path = ("credentials", "file_template")
        findings.append(settings.finding(path, "wrong-value", message, "Only {tenant} is a placeholder."))
    if variable is not None and not _VARIABLE.match(variable):
        # The text stays out of the message: it may be the secret itself.
        message, hint = "'from_env' is no name of a variable", "Write the name alone, such as STRIPE_API_KEY."
        findings.append(settings.finding(("credentials", "from_env"), "wrong-value", message, hint))
    elif variable is not None and is_closed(variable):
        message = f"{variable} is a variable that opens secrets of other tenants"
        findings.append(settings.finding(("credentials", "from_env"), "variable-closed", message, REMEDY))
    return findings


def check_inline_secrets(settings: Merged, sections: tuple[str, ...]) -> list[Finding]:
    """Return the secrets that are written out in the given sections of the merged settings."""
    findings: list[Finding] = []
    for path, leaf in settings.leaves.items():
        key = str(path[-1])
        if path[0] in sections and len(path) > 1 and is_inline_secret(key, leaf.value):
            message = f"'{key}' is written out in the file, where everybody who reads the file can read it"
            hint = "Write a reference such as ${secret:name.key}, and put the value in the tenant's secrets."
            findings.append(settings.finding(path, "secret-inline", message, hint, Severity.WARNING))
    return findings
