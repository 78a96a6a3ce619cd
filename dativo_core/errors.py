"""The one tree of errors a user can meet; the class decides the exit code and whether a retry can help.

DativoError
├ ConfigError        a file must be fixed
├ ContractError      the data broke a blocking rule; nothing was published
├ SourceError        the source could not be read
│ ├ SourceChanged    a file changed while it was read
│ └ SourceUnavailable  the place itself does not answer
├ TargetError        the table or its catalog refused
│ ├ CommitConflict   the table changed in a way the run cannot follow
│ ├ Overtaken        other runs loaded first; nothing of this one is left to do by hand
│ ├ CommitUnknown    the outcome of the commit is not known; the next run finds out
│ ├ StateLost        table and state disagree; a person decides
│ └ StateRefused     a person asked for a change of a state that does not fit it
└ SecretError        a secret is missing or unreadable
  └ SecretsUnavailable  the place secrets are kept in does not answer
"""

from collections.abc import Mapping
from enum import StrEnum


class DativoError(Exception):
    """An expected failure: what happened, where, and what to do about it.

    `hint` is the remedy in one sentence; `context` holds facts for structured logs. Neither may hold a secret.
    `retry_after_s` is the pause in seconds that the other side asked for, None when it asked for none.
    """

    exit_code = 2
    retryable = False
    retry_after_s: float | None = None

    def __init__(self, message: str, *, hint: str = "", context: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = dict(context or {})

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class ConfigError(DativoError):
    """A configuration file must be fixed before anything can run."""


class ContractError(DativoError):
    """The data broke a blocking rule of its contract; nothing was published."""


class SourceError(DativoError):
    """The source could not be read: missing, unreadable, or not what the contract describes."""


class SourceChanged(SourceError):
    """A file changed between planning and the end of reading; the next run plans again."""

    retryable = True


class SourceUnavailable(SourceError):
    """The place rows come from does not answer, whichever of its files is asked for; nothing to fix in the data."""

    retryable = True

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class TargetError(DativoError):
    """The table or its catalog refused the data."""


class CommitConflict(TargetError):
    """The table changed in a way this run cannot follow, such as being dropped and created again."""


class Overtaken(TargetError):
    """Other runs loaded into the table while this one was replacing it; nothing was published, and another try can help."""

    retryable = True


class CommitUnknown(TargetError):
    """The catalog gave no usable answer in time; the next run reads the state and knows. Nothing to do by hand."""

    retryable = True


class Trouble(StrEnum):
    """How table and load state disagree."""

    UNREADABLE = "unreadable"
    TOO_NEW = "too_new"
    GONE = "gone"
    OTHER_JOB = "other_job"
    NO_STATE = "no_state"
    COPIED = "copied"
    NO_SNAPSHOT = "no_snapshot"
    OLDER = "older"
    ROLLED_BACK = "rolled_back"


class StateLost(TargetError):
    """Table and load state disagree; loading on could lose or double rows, so a person decides."""

    def __init__(self, message: str, *, hint: str = "", trouble: Trouble = Trouble.UNREADABLE) -> None:
        super().__init__(message, hint=hint)
        self.trouble = trouble


class StateRefused(TargetError):
    """A load state cannot be changed in the way that was asked for; nothing was changed."""


class SecretError(DativoError):
    """A secret is missing, empty or unreadable."""


class SecretsUnavailable(SecretError):
    """The place secrets are kept in does not answer, or is out of order; nothing to fix in the secrets."""

    retryable = True
