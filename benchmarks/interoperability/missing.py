"""Print the Debian packages of the programs that are not installed.

Usage: python -m benchmarks.interoperability.missing

Needs Python alone, so that it can run before anything is installed.
"""

from __future__ import annotations

from benchmarks.interoperability.programs import ProgramError, load_programs


def main() -> None:
    """Print one package a line."""
    for program in load_programs():
        if program.package:
            try:
                program.find()
            except ProgramError:
                print(program.package)


if __name__ == "__main__":
    main()
