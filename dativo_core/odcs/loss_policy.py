"""What is declared about values that do not fit: which parts of a column it holds for, and what follows for its type."""

from dataclasses import replace

from dativo_core.odcs.types import FieldType, OnLoss, TypeKind, TypeProblem
from dativo_core.workspace.nearest_word import nearest_word

PROPERTY = "dativoOnLoss"
"""The custom property of a standard contract; the flat dialect has the key `on_loss`."""

_NEAR = 0.8
"""How alike the names of two custom properties are that may be one; those of Dativo begin alike."""


def is_misspelt_policy(name: str) -> bool:
    """Whether a custom property seems to be meant as the one that declares the policy; it is reported as unknown."""
    return name != PROPERTY and nearest_word(name, [PROPERTY], _NEAR) is not None


def with_policy(type_: FieldType | None, declared: OnLoss | None) -> FieldType | None:
    """Return a column's type with what is declared about it."""
    return type_ if type_ is None or declared is None else replace(type_, on_loss=declared)


def stringified(found: FieldType | TypeProblem, declared: OnLoss | None) -> FieldType | TypeProblem:
    """Return the type that a column without a home has when it is declared to be text, or still why there is none."""
    if declared is OnLoss.STRINGIFY and isinstance(found, TypeProblem) and found.as_text is not None:
        return found.as_text
    return found


def settled(type_: FieldType, inherited: OnLoss | None = None) -> FieldType:
    """Return a type as it is acted on: parts follow their column, and a time is text unless something else is declared.

    Spark cannot read the Iceberg type `time`.
    """
    policy = type_.on_loss or inherited
    if policy is None and type_.kind is TypeKind.TIME:
        policy = OnLoss.STRINGIFY
    is_kept = policy is OnLoss.QUARANTINE or (policy is OnLoss.STRINGIFY and type_.kind is TypeKind.STRING)
    # The parts of JSON text are in the form they have in any JSON text.
    passed_on = OnLoss.QUARANTINE if policy is OnLoss.STRINGIFY else policy
    members = tuple(replace(member, type=settled(member.type, passed_on)) for member in type_.members)
    on_loss = None if is_kept else policy
    return type_ if not members and on_loss is type_.on_loss else replace(type_, members=members, on_loss=on_loss)
