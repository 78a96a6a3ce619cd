"""The generated pages say what the code does, and their examples are sound."""

import re

import pytest

from dativo_core.plan.build import check_workspace
from dativo_core.workspace.load import load_workspace
from tests.pages import config_reference
from tests.pages.config_reference import FILES, parts_of

FILE_BLOCK = re.compile(r"```yaml\n# (\S+\.yaml)\n(.*?)```", re.DOTALL)


def test_the_configuration_reference_is_what_its_generator_writes():
    assert config_reference.PAGE.read_text() == config_reference.page(), "run: python -m tests.pages.config_reference"


def test_the_files_in_the_configuration_reference_make_a_sound_workspace(tmp_path):
    blocks = FILE_BLOCK.findall(config_reference.page())
    assert len(blocks) >= 4
    for name, text in blocks:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    checked = check_workspace(load_workspace(tmp_path))
    assert [str(finding) for finding in checked.findings] == []
    assert all(job.plan for job in checked.jobs)


@pytest.mark.parametrize("model", [part for *_, model in FILES for _, part in parts_of("", model)])
def test_every_key_of_a_file_says_what_it_means(model):
    assert [key for key, field in model.model_fields.items() if not field.description] == []
