"""`logicalTypeOptions`: what values of each logical type may be, read strictly and checked for contradictions."""

from math import isfinite
from typing import Any, Literal

from pydantic import ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel

from dativo_core.model.base import FileModel, Whole
from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.column_values import NUMBERS, ORDERED, is_finite, moment
from dativo_core.odcs.date_format import DateFormat, read_date_format
from dativo_core.odcs.number_formats import INTEGER_FORMATS
from dativo_core.odcs.patterns import NeedsBacktracking, to_re2
from dativo_core.odcs.section_models import Number
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean, validate

_CAMEL = ConfigDict(alias_generator=to_camel)


class StringOptions(FileModel):
    """Options of text."""

    model_config = _CAMEL

    min_length: Whole | None = Field(None, ge=0, description="fewest characters")
    max_length: Whole | None = Field(None, ge=0, description="most characters")
    pattern: str | None = Field(None, description="regular expression that is searched for")
    format: str | None = Field(None, description="kind of text")


class _Bounded(FileModel):
    model_config = _CAMEL

    exclusive_minimum: StrictBool = Field(False, description="whether the minimum itself is forbidden")
    exclusive_maximum: StrictBool = Field(False, description="whether the maximum itself is forbidden")


class DateOptions(_Bounded):
    """Options of dates and times."""

    format: str | None = Field(None, description="JDK date format")
    minimum: str | None = Field(None, description="earliest value, in ISO form")
    maximum: str | None = Field(None, description="latest value, in ISO form")


class IntegerOptions(_Bounded):
    """Options of whole numbers."""

    minimum: Number = Field(None, description="lowest value")
    maximum: Number = Field(None, description="highest value")
    multiple_of: Number = Field(None, description="values are multiples of this")
    format: Literal["i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"] | None = Field(
        None, description="width"
    )


class NumberOptions(_Bounded):
    """Options of numbers."""

    minimum: Number = Field(None, description="lowest value")
    maximum: Number = Field(None, description="highest value")
    multiple_of: Number = Field(None, description="values are multiples of this")
    format: Literal["f32", "f64"] | None = Field(None, description="width")


class ObjectOptions(FileModel):
    """Options of objects."""

    model_config = _CAMEL

    min_properties: Whole | None = Field(None, ge=0, description="fewest members that are not null")
    max_properties: Whole | None = Field(None, ge=0, description="most members that are not null")
    required: tuple[str, ...] | None = Field(None, min_length=1, description="members that are not null")


class ArrayOptions(FileModel):
    """Options of arrays."""

    model_config = _CAMEL

    min_items: Whole | None = Field(None, ge=0, description="fewest elements")
    max_items: Whole | None = Field(None, ge=0, description="most elements")
    unique_items: StrictBool = Field(False, description="true: no element twice")


_MODELS: dict[str, type[FileModel]] = {
    "string": StringOptions,
    "date": DateOptions,
    "integer": IntegerOptions,
    "number": NumberOptions,
    "object": ObjectOptions,
    "array": ArrayOptions,
}
OPTION_NAMES = frozenset(info.alias or name for model in _MODELS.values() for name, info in model.model_fields.items())
_TEXT_FORMATS = ("password", "byte", "binary", "email", "uuid", "uri", "hostname", "ipv4", "ipv6")
"""The formats of text the standard names; its schema allows any word."""

_SIZES = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))


def read_options(
    logical: str | None, written: dict[str, Any], document: Document, path: KeyPath
) -> tuple[dict[str, Any], list[Finding]]:
    """Return the options that were written and can be read, and what is wrong with the others."""
    if not written:
        return {}, []
    if logical is None:
        hint = "Add logicalType to the property."
        return {}, [document.finding(path, "options-without-type", "options need a logicalType", hint)]
    if logical not in _MODELS:
        return {}, [_unknown(logical, key, document, path) for key in written]
    validated = validate(_MODELS[logical], written, document, path)
    if validated.model is None:
        return {}, list(validated.findings)
    options = validated.model.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
    findings = [*validated.findings, *_format_findings(logical, options, document, path)]
    if logical == "string" and options.get("format", _TEXT_FORMATS[0]) not in _TEXT_FORMATS:
        del options["format"]
    return options, findings


def _unknown(logical: str, key: str, document: Document, path: KeyPath) -> Finding:
    message = f"logicalType {logical} has no options, so no '{key}'"
    return document.finding((*path, key), "options-unknown", message, "Remove it.")


def date_format(options: dict[str, Any]) -> DateFormat | None:
    """Return what a readable `format` option of a date describes; None when there is none."""
    try:
        return read_date_format(options["format"]) if options.get("format") else None
    except ValueError:
        return None


def check_options(options: dict[str, Any], type_: FieldType, document: Document, path: KeyPath) -> list[Finding]:
    """Return contradictions between options, and bounds that the column's type cannot hold."""
    findings = _check_pattern(options, document, path)
    findings += _check_multiple(options, document, path) + _check_form(options, type_, document, path)
    for fewest, most in _SIZES:
        least, largest = options.get(fewest), options.get(most)
        if least is not None and largest is not None and least > largest:
            findings.append(_range(document, (*path, fewest), f"{fewest} {least} is above {most} {largest}"))
    bounds = {key: options[key] for key in ("minimum", "maximum") if key in options}
    values = {key: bound_value(bound, type_) for key, bound in bounds.items()}
    for key, value in values.items():
        if value is None:
            message = f"'{bounds[key]}' is no value of type {type_}"
            hint = "Write dates as 2024-01-31 and times as 2024-01-31T23:59:59."
            findings.append(document.finding((*path, key), "option-bound-unparsable", message, hint))
        elif not _fits(value, type_, options.get("format")):
            message = f"{key} {bounds[key]} is outside the range of {options.get('format') or type_}"
            findings.append(document.finding((*path, key), "option-int-range", message, "Declare a wider type."))
    low, high = values.get("minimum"), values.get("maximum")
    if low is not None and high is not None:
        is_open = options.get("exclusiveMinimum") or options.get("exclusiveMaximum")
        if low > high or (is_open and low == high):
            message = f"no value lies between minimum {bounds['minimum']} and maximum {bounds['maximum']}"
            findings.append(_range(document, (*path, "minimum"), message))
    return findings


def bound_value(bound: Any, type_: FieldType) -> Any:
    """Return a bound as something that compares; None when it does not belong to the column's type."""
    if isinstance(bound, str):
        return moment(bound, type_.kind) if type_.kind in ORDERED - NUMBERS else None
    is_number = type_.kind in NUMBERS and isinstance(bound, int | float) and not isinstance(bound, bool)
    return bound if is_number and is_finite(bound, type_.kind) else None


def _fits(value: Any, type_: FieldType, form: str | None) -> bool:
    widths = {TypeKind.INT: "i32", TypeKind.LONG: "i64"}
    names = [name for name in (widths.get(type_.kind), form) if name in INTEGER_FORMATS]
    return all(INTEGER_FORMATS[name][0] <= value <= INTEGER_FORMATS[name][1] for name in names if name)


def _check_multiple(options: dict[str, Any], document: Document, path: KeyPath) -> list[Finding]:
    step = options.get("multipleOf")
    if step is None or (step > 0 and isfinite(step)):
        return []
    message, hint = f"multipleOf {step} is not above zero", "Write a number above zero."
    return [document.finding((*path, "multipleOf"), "option-range", message, hint)]


def _check_form(options: dict[str, Any], type_: FieldType, document: Document, path: KeyPath) -> list[Finding]:
    """Return whether a format of text contradicts a type that is stored as bytes."""
    forms = {TypeKind.UUID: {"uuid", "password"}, TypeKind.BINARY: {"binary", "byte", "password"}}
    forms[TypeKind.FIXED] = forms[TypeKind.BINARY]
    form = options.get("format")
    if form is None or form in forms.get(type_.kind, {form}):
        return []
    message, hint = f"the format {form} and the type {type_} disagree", "Correct one of them."
    return [document.finding((*path, "format"), "type-conflict", message, hint)]


def _range(document: Document, path: KeyPath, message: str) -> Finding:
    return document.finding(path, "option-range", message, "Swap or correct the bounds.")


def _check_pattern(options: dict[str, Any], document: Document, path: KeyPath) -> list[Finding]:
    return pattern_findings(options["pattern"], document, (*path, "pattern")) if "pattern" in options else []


def pattern_findings(pattern: str, document: Document, path: KeyPath) -> list[Finding]:
    """Return what keeps a pattern from being matched in linear time."""
    try:
        to_re2(pattern)
    except NeedsBacktracking as error:
        hint = "Write it without lookaround, back-references, atomic groups and possessive quantifiers."
        return [document.finding(path, "option-pattern-slow", f"the pattern cannot be used: {error}", hint)]
    except ValueError as error:
        hint = "Write it in RE2 syntax."
        return [document.finding(path, "option-pattern-invalid", f"the pattern cannot be used: {error}", hint)]
    return []


def _format_findings(logical: str, options: dict[str, Any], document: Document, path: KeyPath) -> list[Finding]:
    if "format" not in options:
        return []
    if logical == "string" and options["format"] not in _TEXT_FORMATS:
        message = f"the format '{options['format']}' is not known and not checked"
        hint = did_you_mean(options["format"], _TEXT_FORMATS)
        return [document.finding((*path, "format"), "option-format-unknown", message, hint, Severity.WARNING)]
    if logical != "date":
        return []
    try:
        read = read_date_format(options["format"])
    except ValueError as error:
        hint = "Use letters such as yyyy-MM-dd'T'HH:mm:ss."
        return [document.finding((*path, "format"), "option-date-format", str(error), hint)]
    if read.is_iso:
        return []
    message = f"values are read in ISO 8601 form, not as '{options['format']}'"
    hint = "Rows written otherwise are rejected."
    return [document.finding((*path, "format"), "option-date-format", message, hint, Severity.WARNING)]
