"""What weights were trained on and from, over all commands of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

UNSTATED = "unstated"
# What a run takes up once, by the option that names it.
_TAKEN_ONCE = {"init": "--init", "teacher": "--teacher"}


def continued(
    before: Mapping[str, str], now: Mapping[str, str], checkpoint: Path
) -> dict[str, str]:
    """Return the provenance of a run that goes on.

    Args:
        before: ``licence``, ``data`` (names after commas), and digests of the weights ``init`` and
            ``teacher``, as far as they are known; empty for checkpoints that have none of it.
        now: Likewise, of the command that goes on.
        checkpoint: For the message.

    Raises:
        ValueError: The command names other weights to start or to learn from.
    """
    if not before:
        return dict(now)
    for key, option in _TAKEN_ONCE.items():
        if key in now and now[key] != before.get(key):
            was = before[key][:12] if key in before else "none"
            raise ValueError(
                f"{checkpoint}: the run had weights {was} as {option}, now given are "
                f"{now[key][:12]}; give the same, or train into another folder"
            )
    names = [name for one in (before, now) if "data" in one for name in one["data"].split(", ")]
    data = {"data": ", ".join(dict.fromkeys(names))} if names else {}
    stated = {key: value for key, value in now.items() if value != UNSTATED}
    return {**before, **stated, **data}
