"""Run every test: `python -m tests.all`. The slow ones start processes and mostly wait for them, so they run beside the others.

What the slow ones print comes when the others are through. The exit code is 0 only if both are well.
"""

import subprocess
import sys
from tempfile import TemporaryFile

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")


def main() -> int:
    with TemporaryFile() as printed:
        slow = subprocess.Popen([*PYTEST, "-m", "slow"], stdout=printed, stderr=subprocess.STDOUT)
        try:
            others = subprocess.run([*PYTEST, "-m", "not slow"], check=False).returncode
            code = slow.wait()
        finally:
            slow.terminate()
        printed.seek(0)
        sys.stdout.buffer.write(printed.read())
    return others or code


if __name__ == "__main__":
    sys.exit(main())
