"""Source paths in which a partition is written: the pattern of one partition, of all, and which one a path is of. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from dativo_core.model.job_partitions import DIRECTIVES, PLACE, JobPartitions

FILE_SCHEME = "file://"
_DIRECTIVE = re.compile(r"%(.)", re.DOTALL)
_TOKEN = re.compile(r"\*\*/?|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


@dataclass(frozen=True)
class PartitionPath:
    """A path or pattern that holds `{partition}` once."""

    pattern: str
    partitions: JobPartitions

    def of_one(self, key: str) -> str:
        """Return the pattern of one partition's files. Raises ValueError for a key that is none."""
        written = self.partitions.written(key)
        return self.pattern.replace(PLACE, quote(written) if self.pattern.startswith(FILE_SCHEME) else written)

    @property
    def of_all(self) -> str:
        """The pattern of the files of every partition."""
        return self.pattern.replace(PLACE, any_written(self.partitions))

    def key_of(self, path: str) -> str | None:
        """Return the partition a path is of, None where the pattern does not name it or there is no such partition."""
        found = self._regex.fullmatch(path)
        if found is None:
            return None
        return self._key(found.group("partition"))

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        before, _, after = self.pattern.partition(PLACE)
        written = _written_regex(self.partitions)
        return re.compile(f"{glob_regex(before)}(?P<partition>{written}){glob_regex(after)}", re.DOTALL)

    def _key(self, written: str) -> str | None:
        try:
            key = self.partitions.key_written(written)
        except ValueError:
            return None
        return key if self.partitions.holds(key) else None


def any_written(partitions: JobPartitions) -> str:
    """Return the glob of how any partition is written."""
    if not partitions.kind.is_time:
        return "*"
    return _DIRECTIVE.sub(lambda found: DIRECTIVES[found.group(1)], partitions.path_format)


def _written_regex(partitions: JobPartitions) -> str:
    if not partitions.kind.is_time:
        return "[^/.][^/]*"
    parts = _DIRECTIVE.split(partitions.path_format)
    # Text and directives take turns.
    return "".join(DIRECTIVES[part] if index % 2 else re.escape(part) for index, part in enumerate(parts))


def glob_regex(pattern: str) -> str:
    """Return the regular expression of a glob: `*` and `?` within one name, `**` any depth."""
    return "".join(map(_token_regex, _TOKEN.findall(pattern)))


def _token_regex(token: str) -> str:
    match token:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    if token.startswith("[") and len(token) > 1:
        inside = token[1:-1].replace("\\", "\\\\")
        if inside.startswith("!"):
            return f"[^/{inside[1:]}]"
        return f"[\\{inside}]" if inside.startswith(("^", "[")) else f"[{inside}]"
    return re.escape(token)
