"""``rescodec models show``: everything that is known about one model."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from rescodec.zoo import FAMILIES, MEASURED_ON, MODELS, family_of
from rescodec_cli.messages import describe, shown

if TYPE_CHECKING:
    from rescodec.loading import LoadedModel

LINE = 100
# Where values start at most, however long the keys are.
MAX_INDENT = 40
# Of a recipe; ours have two levels.
MAX_DEPTH = 20


@click.command()
@click.argument("model", metavar="ID|PATH")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(model: str, as_json: bool) -> None:
    """Show a model's configuration and provenance.

    Also where its file is, its digest and what it costs. Reads the weights and checks that
    they fit their configuration.
    """
    from rescodec.loading import load_model
    from rescodec.weights_file import WeightsError

    try:
        facts = _facts(load_model(model))
    except WeightsError as error:
        # As with --model: weights that the user names are an argument.
        raise click.UsageError(describe(error)) from error
    click.echo(json.dumps(facts) if as_json else "\n".join(_lines(facts)))


def _facts(model: LoadedModel) -> dict[str, Any]:
    from rescodec.networks import macs_per_hr_pixel, parameter_count
    from rescodec.weights_file import WeightsError

    weights = model.weights
    try:
        network = weights.build()
    except WeightsError as error:
        raise WeightsError(f"{model.path}: {error}") from error
    entry = MODELS.get(model.id)
    # As JSON has them: every field, lists for tuples.
    config = json.loads(json.dumps(dataclasses.asdict(weights.config)))
    return {
        "id": model.id,
        "path": str(model.path),
        "weights_sha256": weights.digest,
        "family": family_of(config),
        "scale": weights.config.scale,
        "parameters": parameter_count(network),
        "kmac_per_hr_pixel": round(macs_per_hr_pixel(network) / 1000, 1),
        "psnr_y": entry.psnr_y if entry else None,
        "bpp": entry.bpp if entry else None,
        "configuration": config,
        "metadata": {key: _value(text) for key, text in sorted(weights.metadata.items())},
    }


def _value(text: str) -> Any:
    """Return what a metadata text holds: the recipe is a JSON object, others are text.

    >>> _value('{"steps": 9}'), _value('{"steps": 1e999}')
    ({'steps': 9}, '{"steps": 1e999}')
    """
    try:
        value = json.loads(text)
        # What Python reads beyond JSON stays text: numbers that are not finite, surrogates.
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) and _is_shallow(value) else text


def _is_shallow(value: Any, levels: int = MAX_DEPTH) -> bool:
    """Tell whether objects and lists are nested no deeper than this many levels."""
    if not isinstance(value, dict | list):
        return True
    parts = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(part, levels - 1) for part in parts)


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    family, measured = facts["family"], facts["psnr_y"] is not None
    metadata: dict[str, Any] = facts["metadata"]
    nested = {key: value for key, value in metadata.items() if isinstance(value, dict)}
    yield shown(facts["id"])
    yield from _section(
        {
            "file": facts["path"],
            "digest": facts["weights_sha256"],
            "family": f"{family}: {FAMILIES[family]} beside the LR image",
            "scale": facts["scale"],
            "parameters": f"{facts['parameters']:,}",
            "kMAC per HR pixel": facts["kmac_per_hr_pixel"],
            **({f"PSNR-Y on {MEASURED_ON}": f"{facts['psnr_y']:.2f} dB"} if measured else {}),
            **({f"bpp on {MEASURED_ON}": f"{facts['bpp']:.3f}"} if measured else {}),
            **{key: value for key, value in metadata.items() if key not in nested},
        }
    )
    yield "\nconfiguration"
    yield from _section(facts["configuration"])
    for name, value in nested.items():
        yield f"\n{shown(name)}"
        yield from _section(_flat(_without_repetition(value, facts["configuration"])))


def _without_repetition(recipe: dict[str, Any], configuration: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe whose network is not told again if it is the configuration."""
    network = recipe.get("network")
    if isinstance(network, dict) and network.items() <= configuration.items():
        return {**recipe, "network": "as configured above"}
    return recipe


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested keys as one level.

    >>> _flat({"training": {"steps": 9, "batch": 8}})
    {'training.steps': 9, 'training.batch': 8}
    """
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _section(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each key, values below each other, long ones on several lines."""
    indent = min(max((len(shown(key)) for key in values), default=0) + 4, MAX_INDENT)
    for key, value in values.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        label = f"  {shown(key)}"
        if len(label) + 2 > indent:
            yield label
            label = ""
        yield textwrap.fill(
            shown(text.strip(" ") or "-"),
            width=LINE,
            initial_indent=label.ljust(indent),
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
