"""Names of targets: templates, and names that are too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.batch.names import MAX_NAME_BYTES, require_template, target_name

COMPONENT = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300
).filter(lambda name: name.strip(".") and len(name.encode()) <= MAX_NAME_BYTES)


@pytest.mark.parametrize(
    ("source", "template", "target"),
    [
        ("a.jpg", "{stem}.lr.png", "a.lr.png"),
        ("x/y.z/a.b.jpg", "{stem}.lr.png", "x/y.z/a.b.lr.png"),
        ("x/a.jpg", "{name}.lr.png", "x/a.jpg.lr.png"),
        ("x/a.JPG", "{suffix}-{stem}.png", "x/JPG-a.png"),
        ("a.lr.png", "{stem}.tif", "a.tif"),
        ("a.LR.PNG", "{stem}.tif", "a.tif"),
        (".lr.png", "{stem}.tif", ".lr.tif"),
        ("noext", "{stem}.lr.png", "noext.lr.png"),
        ("brace{s}.jpg", "{stem}.lr.png", "brace{s}.lr.png"),
    ],
)
def test_names(source: str, template: str, target: str) -> None:
    require_template(template)
    assert target_name(source, template) == target


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("photo.png", "neither"),
        ("{suffix}.png", "neither"),
        ("{stem}/{name}.png", "slash"),
        ("{steam}.png", "field 'steam'"),
        ("{stem.__class__}.png", "field"),
        ("{stem!r}.png", "field"),
        ("{stem:>9}.png", "field"),
        ("{}.png", "field ''"),
        ("{stem", "fields are"),
        ("stem}", "fields are"),
    ],
)
def test_bad_templates(template: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        require_template(template)


@given(COMPONENT, st.sampled_from(["{stem}.lr.png", "{name}.lr.png", "{stem}-{name}-{stem}.png"]))
def test_every_name_fits(source: str, template: str) -> None:
    target = target_name(f"folder/{source}", template)
    folder, _, name = target.partition("/")
    assert folder == "folder"
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert "/" not in name
    assert name.endswith(".png")


def test_shortened_names_differ() -> None:
    """Even of sources that begin alike; and the same source has the same name in each run."""
    sources = ["ü" * 125 + end for end in ("a.jpg", "b.jpg")]
    targets = [target_name(source, "{name}.lr.png") for source in sources]
    assert len(set(targets)) == 2
    assert all(len(target.encode()) <= MAX_NAME_BYTES for target in targets)
    assert targets == [target_name(source, "{name}.lr.png") for source in sources]


def test_undecodable_names() -> None:
    source = b"\xff\xfe.jpg".decode("utf-8", "surrogateescape")
    target = target_name(source, "{stem}.lr.png")
    assert target.encode("utf-8", "surrogateescape") == b"\xff\xfe.lr.png"
