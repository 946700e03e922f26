"""The file of a benchmark's results: JSON that grows, record by record, and is never begun anew.

A record is known by its key. Those of a model whose weights have changed, or of an image whose
pixels have, are dropped; all others are kept, so that an interrupted or extended run measures only
what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rescodec_formats import atomic_write

FORMAT: Final = "rescodec-bench-1"
# What tells the records of a suite apart.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "fidelity": ("folder", "image", "way"),
    "rate": ("folder", "image", "way", "carrier", "setting"),
    "speed": ("way", "device", "megapixels", "command"),
    "robust": ("folder", "image", "way", "carrier", "change"),
}
SUITES: Final = tuple(KEYS)

Record = dict[str, Any]
Key = tuple[Any, ...]


class ResultsError(ValueError):
    """A file that holds no results of a benchmark."""


class Results:
    """Results of all suites.

    Attributes:
        path: Where they are kept.
        environments: Machines and versions that have contributed, in the order of their runs.
        models: Facts about each model by id: family, scale, cost, digest of its weights.
        images: Size and digest of the pixels of each image, by folder and name with a slash.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environments: list[dict[str, Any]] = []
        self.models: dict[str, dict[str, Any]] = {}
        self.images: dict[str, dict[str, Any]] = {}
        self._records: dict[str, dict[Key, Record]] = {suite: {} for suite in SUITES}

    @classmethod
    def open(cls, path: Path) -> Results:
        """Read results, or begin new ones where there is no file.

        Raises:
            ResultsError: The file holds something else.
            OSError: It cannot be read.
        """
        return cls.read(path) if path.exists() else cls(path)

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read results.

        Raises:
            ResultsError: The file holds something else.
            OSError: It cannot be read.
        """
        try:
            values = json.loads(path.read_bytes())
            if values["format"] != FORMAT:
                raise ResultsError(
                    f"{path}: its format is {values['format']!r}; expected {FORMAT!r}"
                )
            results = cls(path)
            results.environments = list(values["environments"])
            results.models = dict(values["models"])
            results.images = dict(values["images"])
            for suite in SUITES:
                for record in values.get(suite, ()):
                    results.add(suite, record)
        except ResultsError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultsError(f"{path}: no results of `rescodec bench`") from error
        return results

    def add_environment(self, environment: dict[str, Any]) -> None:
        """Note a machine and its versions, once."""
        if environment not in self.environments:
            self.environments.append(environment)

    def add_model(self, name: str, facts: dict[str, Any]) -> None:
        """Note a model; forget what was measured with other weights of the same name."""
        known = self.models.get(name)
        if known is not None and known != facts:
            self._forget(lambda record: record["way"] == name)
        self.models[name] = facts

    def add_image(self, folder: str, image: str, facts: dict[str, Any]) -> None:
        """Note an image; forget what was measured on other pixels of the same name."""
        name = f"{folder}/{image}"
        if self.images.get(name, facts) != facts:
            self._forget(
                lambda record: record.get("folder") == folder and record.get("image") == image
            )
        self.images[name] = facts

    def has(self, suite: str, **key: Any) -> bool:
        """Tell whether there is a record with this key; what is not given is None."""
        return _key(suite, key) in self._records[suite]

    def add(self, suite: str, record: Record) -> None:
        """Add a record, in place of one with the same key."""
        self._records[suite][_key(suite, record)] = record

    def records(self, suite: str) -> list[Record]:
        """Return all records of a suite in the order in which they were added."""
        return list(self._records[suite].values())

    def save(self) -> None:
        """Write the file, whole or not at all, a record a line.

        Raises:
            OSError: It cannot be written.
        """
        with atomic_write(self.path, overwrite=True) as file:
            file.write("".join(self._lines()).encode())

    def _lines(self) -> Iterator[str]:
        yield f'{{\n"format": {json.dumps(FORMAT)},\n'
        yield f'"environments": {_dump(self.environments)},\n'
        for name, table in (("models", self.models), ("images", self.images)):
            rows = (f"{_dump(key)}: {_dump(value)}" for key, value in sorted(table.items()))
            yield f'"{name}": {{\n' + ",\n".join(rows) + "\n}"
            yield ",\n"
        parts = (
            f'"{suite}": [\n' + ",\n".join(map(_dump, records)) + "\n]"
            for suite in SUITES
            if (records := self.records(suite))
        )
        yield ",\n".join(parts) or '"rate": []'
        yield "\n}\n"

    def _forget(self, stale: Any) -> None:
        for records in self._records.values():
            for key in [key for key, record in records.items() if stale(record)]:
                del records[key]


def _key(suite: str, record: Mapping[str, Any]) -> Key:
    return tuple(record.get(field) for field in KEYS[suite])


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
