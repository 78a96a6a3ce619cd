"""Variables of the process that open secrets of more than one tenant: no text of a configuration file is replaced by them."""

_STARTS = ("DATIVO_SECRET",)
_LOGINS = frozenset({"VAULT_TOKEN", "VAULT_ROLE_ID", "VAULT_SECRET_ID"})
REMEDY = "Write ${secret:name.key}, and put the value in the tenant's secrets."


def is_closed(variable: str) -> bool:
    """Return whether a variable holds secrets of tenants, or the login of the place where they are kept."""
    return variable.upper().startswith(_STARTS) or variable.upper() in _LOGINS
