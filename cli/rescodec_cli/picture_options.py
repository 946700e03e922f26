"""Options of ``compare`` and ``report`` for the pictures that they show."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from rescodec.zoo import FAMILIES
from rescodec_cli import options
from rescodec_cli.extras import require_extra
from rescodec_cli.messages import describe

if TYPE_CHECKING:
    from rescodec.codec import Codec
    from rescodec.photo import Photo
    from rescodec.report.crop import Crop
    from rescodec.report.pictures import Comparison
    from rescodec.report.rival_pictures import RivalPictures

DEFAULT_MODELS: Final = ("alpha", "dial")
# Names of rescodec.bench.rivals, which is not imported for the sake of --help.
RIVALS: Final = {"jpeg": "JPEG", "webp": "WebP", "avif": "AVIF", "jpeg-xl": "JPEG XL"}

NO_RIVALS: Final = (
    "without JPEG, WebP, AVIF and JPEG XL: imagecodecs not installed; pip install 'rescodec[bench]'"
)


@dataclass(frozen=True)
class PictureOptions:
    """What the options say; each is explained in its help."""

    models: tuple[str, ...]
    scales: tuple[str, ...]
    quality: float | None
    rivals: tuple[str, ...]
    no_rivals: bool
    crop: str | None
    device: str

    def studio(self, photos: int, *, verbose: bool) -> Studio:
        """Return what makes the pictures of so many photos.

        Raises:
            click.UsageError: An option is wrong, or what it needs is not installed.
        """
        from rescodec.report.crop import Crop
        from rescodec.report.pictures import share_of_page

        try:
            crop = None if self.crop is None else Crop.parse(self.crop)
        except ValueError as error:
            raise click.UsageError(f"--crop: {describe(error)}") from error
        rivals = self._rivals()
        codecs = self._codecs()
        if verbose:
            names = ", ".join(codec.id for codec in codecs)
            click.echo(f"models {names}, device {codecs[0].device}", err=True)
        most = share_of_page(photos, len(codecs), rivals)
        return Studio(codecs, rivals, crop, self.quality, most)

    def _codecs(self) -> list[Codec]:
        """Open the models, each once."""
        from rescodec_cli.session import open_codec

        codecs: dict[str, Codec] = {}
        for model in self.models or DEFAULT_MODELS:
            scales = (self.scales or options.SCALES) if model in FAMILIES else (None,)
            for scale in scales:
                codec = open_codec(model, scale, self.device)
                codecs.setdefault(codec.id, codec)
        chosen = list(codecs.values())
        if self.quality is not None and not any(codec.config.dial_steps for codec in chosen):
            raise click.UsageError("--quality is for models of the family dial; add --model dial")
        return chosen

    def _rivals(self) -> RivalPictures | None:
        """Return what makes the pictures of other codecs; None if there are to be none."""
        if self.no_rivals:
            if self.rivals:
                raise click.UsageError("--rival and --no-rivals contradict each other")
            return None
        if not self.rivals and importlib.util.find_spec("imagecodecs") is None:
            # Models can be looked at all the same.
            click.echo(NO_RIVALS, err=True)
            return None
        require_extra("bench", "imagecodecs")
        from rescodec.report.rival_pictures import RivalPictures

        return RivalPictures([RIVALS[name] for name in self.rivals or RIVALS])


NAMES: Final = tuple(field.name for field in dataclasses.fields(PictureOptions))


@dataclass(frozen=True)
class Studio:
    """What makes the pictures of photos, with everything open; arguments as ``compare`` has."""

    codecs: list[Codec]
    rivals: RivalPictures | None
    crop: Crop | None
    quality: float | None
    most: float

    def compare(self, photo: Photo, name: str) -> Comparison:
        """Return all pictures of a photo."""
        from rescodec.report.pictures import compare

        return compare(
            photo,
            name,
            self.codecs,
            rivals=self.rivals,
            crop=self.crop,
            quality=self.quality,
            most=self.most,
        )


def pictures(function: Callable[..., None]) -> Callable[..., None]:
    """Add all options of pictures; the command gets them as ``pictures``."""

    @functools.wraps(function)
    def with_pictures(**given: Any) -> None:
        chosen = PictureOptions(**{name: given.pop(name) for name in NAMES})
        function(**given, pictures=chosen)

    command = with_pictures
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = (
    click.option(
        "--model",
        "models",
        multiple=True,
        metavar="ID|FAMILY|PATH",
        help=f"A model to show: an id, a family ({', '.join(FAMILIES)}) or a weights file; alpha "
        "and dial unless given. May be repeated.",
    ),
    click.option(
        "--scale",
        "scales",
        type=click.Choice(options.SCALES),
        multiple=True,
        help="Of families; both unless given.",
    ),
    click.option(
        "--quality",
        type=click.FloatRange(0, 100),
        metavar="Q",
        help="Of models of the family dial, 0 (small files) to 100; about 45 dB unless given.",
    ),
    click.option(
        "--rival",
        "rivals",
        type=click.Choice(tuple(RIVALS), case_sensitive=False),
        multiple=True,
        help="Codec to show beside them, at as many bytes; all unless given. May be repeated.",
    ),
    click.option("--no-rivals", is_flag=True, help="Show no other codecs."),
    click.option(
        "--crop",
        metavar="WxH[+X+Y]",
        help="Part of the photo to compare; its middle unless given, at most a megapixel and less "
        "with many pictures.",
    ),
    options.device,
)
