"""Every data file says where its facts come from and when they were true."""

from datetime import date
from importlib import resources

import pytest

from eksgpu.catalog import load

FILES = sorted(item.name for item in resources.files("eksgpu.catalog").joinpath("data").iterdir())


@pytest.mark.parametrize("name", [file.removesuffix(".yaml") for file in FILES if file.endswith(".yaml")])
def test_yaml_files_have_source_and_date(name: str) -> None:
    assert load.document(name)["source"]
    assert isinstance(load.as_of(name), date)


@pytest.mark.parametrize("file", [file for file in FILES if file.endswith(".csv")])
def test_csv_files_have_source_and_date(file: str) -> None:
    head = resources.files("eksgpu.catalog").joinpath("data", file).read_text().splitlines()[:6]
    assert any(line.startswith("# source:") for line in head)
    assert any(line.startswith("# date:") for line in head)
