"""Options of ``encode`` and ``decode`` for whole folders."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from rescodec_cli.messages import shown
from rescodec_cli.options import refuse_given

# Values of rescodec.batch.storage.Links, which is not imported for the sake of --help.
LINKS: Final = ("skip", "files", "all")
# Each takes a few file descriptors.
MAX_WORKERS: Final = 256
ENGINES: Final = ("local", "ray")


@dataclass(frozen=True)
class TreeOptions:
    """What the options say; each is explained in its help."""

    recursive: bool
    name: str | None
    include: Sequence[str]
    exclude: Sequence[str]
    links: str
    dry_run: bool
    manifest: str | None
    from_manifest: bool
    checksum: bool
    workers: int | None
    engine: str
    ray_address: str | None
    as_json: bool

    def job(
        self,
        command: str,
        sources: tuple[str, ...],
        output: str | None,
        *,
        overwrite: bool,
        skip_existing: bool,
        preserve: bool,
        quiet: bool,
    ) -> FolderJob | None:
        """Return the folder that is to be converted, None if files are.

        Raises:
            click.UsageError: The options contradict each other.
        """
        if not self.recursive:
            return None
        if len(sources) != 1:
            raise click.UsageError(f"-r takes one folder, got {len(sources)}")
        if output in (None, "", "-"):
            raise click.UsageError("-r needs a folder to write to; give it -o OUT/")
        source, target = sources[0], str(output)
        if self.from_manifest and self.manifest is None:
            raise click.UsageError("--from-manifest needs --manifest FILE")
        if self.ray_address is not None and self.engine != "ray":
            raise click.UsageError("--ray-address needs --engine ray")
        # Not Path.is_file, which fails on names that are too long.
        if self.from_manifest and not os.path.isfile(str(self.manifest)):  # noqa: PTH113
            raise click.UsageError(f"there is no manifest {shown(str(self.manifest))}")
        if self.from_manifest and (self.include or self.exclude):
            raise click.UsageError("--include and --exclude choose from a listing, not a manifest")
        if preserve and (is_url(source) or is_url(target)):
            raise click.UsageError("--preserve needs folders of this machine, not URLs")
        if is_url(target) and self.manifest is None:
            raise click.UsageError(
                f"{shown(target)} is no folder of this machine; say where to note what is done "
                "with --manifest FILE"
            )
        if "://" not in source and not os.path.isdir(source):  # noqa: PTH112  # names too long
            raise click.UsageError(f"{shown(source)} is no folder; leave -r out for files")
        return FolderJob(command, source, target, self, overwrite, skip_existing, preserve, quiet)


@dataclass(frozen=True)
class FolderJob:
    """A folder to convert.

    Attributes:
        command: ``encode`` or ``decode``.
        source: Folder or URL.
        target: Folder or URL.
        options: Of folders.
        overwrite: Replace targets that no earlier run has made.
        skip_existing: Leave every target alone that exists.
        preserve: Give targets the modification time of their sources.
        quiet: Say nothing but errors.
    """

    command: str
    source: str
    target: str
    options: TreeOptions
    overwrite: bool
    skip_existing: bool
    preserve: bool
    quiet: bool


def is_url(place: str) -> bool:
    """Tell URLs from folders of this machine, which ``file://`` names too."""
    return "://" in place and not place.startswith("file://")


def tree(function: Callable[..., None]) -> Callable[..., None]:
    """Add all options of folders; the command gets them as ``tree``."""

    @functools.wraps(function)
    def with_tree(**given: Any) -> None:
        names = [field.name for field in dataclasses.fields(TreeOptions)]
        chosen = TreeOptions(**{name: given.pop(name) for name in names})
        if not chosen.recursive:
            refuse_given(names, "is for folders; add -r")
        function(**given, tree=chosen)

    command = with_tree
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _workers(context: click.Context, parameter: click.Parameter, value: str) -> int | None:
    """Read what ``--workers`` was given."""
    if value == "auto":
        return None
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= MAX_WORKERS):
        raise click.BadParameter(f"{value!r} is neither a number from 1 to {MAX_WORKERS} nor auto")
    return int(value)


_OPTIONS: Final = (
    click.option(
        "-r",
        "--recursive",
        is_flag=True,
        help="SRC is a folder, or a URL such as s3://bucket/photos: convert all in it to the same "
        "places in -o OUT. Run again, it goes on where it stopped.",
    ),
    click.option(
        "--name",
        metavar="TEMPLATE",
        help="With -r: names of outputs, of {stem}, {name} (with suffix) and {suffix}.",
    ),
    click.option(
        "--include",
        multiple=True,
        metavar="PATTERN",
        help="With -r: take what matches, as in .gitignore, instead of all that is named like a "
        "photo (decode: *.lr.png). May be repeated.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="With -r: leave files and folders out that match. May be repeated.",
    ),
    click.option(
        "--links",
        type=click.Choice(LINKS),
        default="files",
        show_default=True,
        help="With -r: symbolic links to follow: none, those to files, or those to folders too.",
    ),
    click.option("--dry-run", is_flag=True, help="With -r: say what would be done, do nothing."),
    click.option(
        "--manifest",
        metavar="FILE",
        help="With -r: where each file's fate is noted; a file of its own in OUT unless given.",
    ),
    click.option(
        "--from-manifest",
        is_flag=True,
        help="With -r: work on the files of the manifest, without listing any folder.",
    ),
    click.option(
        "--checksum",
        is_flag=True,
        help="With -r: note digests, and go by them, not by size and time, to see what changed.",
    ),
    click.option(
        "--workers",
        callback=_workers,
        default="auto",
        show_default=True,
        metavar="N|auto",
        help="With -r: files at a time, each on one core, or processes that read and write beside "
        "a GPU; auto goes by cores and free memory.",
    ),
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="local",
        show_default=True,
        help="With -r: this machine, or a Ray cluster (pip install 'rescodec[ray]').",
    ),
    click.option(
        "--ray-address",
        metavar="ADDRESS",
        help="With --engine ray: of the cluster; that of $RAY_ADDRESS, or one of this machine "
        "alone, unless given.",
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="With -r: one JSON object per file and line on standard output, and a summary.",
    ),
)
