import subprocess
import sys

HEAVY = ("pyarrow", "pyiceberg", "sqlalchemy", "dagster", "jsonschema")


def test_checking_configuration_loads_no_data_library():
    code = f"import sys, dativo_core.plan.build; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
