"""Orientation and place in XMP packets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.metadata.xmp import (
    names_place,
    with_upright_orientation,
    without_place,
    xmp_orientation,
)


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (b'<a tiff:Orientation="6"/>', 6),
        (b"<a tiff:Orientation = '3' />", 3),
        (b"<tiff:Orientation>8</tiff:Orientation>", 8),
        (b"<tiff:Orientation> 2 </tiff:Orientation>", 2),
        (b'<a tiff:Orientation="0"/>', None),
        (b'<a tiff:Orientation="12"/>', None),
        (b'<a xtiff:Orientation="6"/>', None),
        (b"", None),
    ],
)
def test_orientation(packet: bytes, expected: int | None) -> None:
    assert xmp_orientation(packet) == expected
    turned = with_upright_orientation(packet)
    assert xmp_orientation(turned) == (None if expected is None else 1)
    assert len(turned) == len(packet)
    assert sum(one != other for one, other in zip(turned, packet, strict=True)) == bool(expected)


def test_every_orientation_is_set() -> None:
    packet = b'<a tiff:Orientation="6"><tiff:Orientation>3</tiff:Orientation></a>'
    expected = b'<a tiff:Orientation="1"><tiff:Orientation>1</tiff:Orientation></a>'
    assert with_upright_orientation(packet) == expected


def test_place_becomes_spaces(xmp: bytes) -> None:
    edited = without_place(xmp)
    assert edited is not None
    assert len(edited) == len(xmp)
    assert b"GPS" not in edited
    assert b"40,42" not in edited
    assert b"73,54" not in edited
    expected = xmp.replace(b' exif:GPSLatitude="40,42.47N"', b"").replace(
        b"<exif:GPSLongitude>73,54.1W</exif:GPSLongitude>", b" "
    )
    assert edited.split() == expected.split()


@pytest.mark.parametrize(
    "packet",
    [
        b"<exif:GPSTimeStamp/>",
        b"<exif:GPSTimeStamp rdf:parseType='Resource'><a>x</a></exif:GPSTimeStamp>",
        b"<a exif:GPSVersionID = '2.2.0.0'/>",
        b"<a\n\texif:GPSLatitude=\"1\"\n\texif:GPSLongitude='2'>",
        b"<a><e:GPSx>1</e:GPSx><e:GPSx>2</e:GPSx></a>",
        b'<a drone-dji:GpsLatitude="40.7"><drone-dji:GpsLongtitude>3</drone-dji:GpsLongtitude></a>',
    ],
)
def test_forms_of_places(packet: bytes) -> None:
    assert names_place(packet)
    edited = without_place(packet)
    assert edited is not None
    assert b"GPS" not in edited.upper()
    assert edited.count(b"<a") == packet.count(b"<a") - (b"parseType" in packet)


@pytest.mark.parametrize(
    "packet",
    [
        b"<exif:GPSLatitude>40,42.47N",
        b"<exif:GPSLatitude>40,42.47N</exif:GPSLatitude >",
        b'<GPSLatitude xmlns="http://ns.adobe.com/exif/1.0/">40</GPSLatitude>',
        "<exif:GPSLatitude>40,42.47N</exif:GPSLatitude>".encode("utf-16-le"),
        "<exif:GPSLatitude>40,42.47N</exif:GPSLatitude>".encode("utf-16-be"),
        "<exif:GPSLatitude>40,42.47N</exif:GPSLatitude>".encode("utf-32-le"),
        b'<a exif:GPSLatitude="40',
        b'<a xmlns:gps="http://ns.adobe.com/exif/1.0/" gps:Latitude="40"/>',
    ],
)
def test_places_that_are_not_understood(packet: bytes) -> None:
    assert names_place(packet)
    assert without_place(packet) is None


def test_text_about_gps_stays() -> None:
    packet = b"<dc:description>My GPS, a GPSMAP 60</dc:description>"
    assert without_place(packet) == packet
    assert not names_place(packet)


PARTS = (
    b"<",
    b">",
    b"/",
    b'"',
    b"'",
    b"=",
    b" ",
    b"a",
    b"e:GPSa",
    b"</e:GPSa>",
    b"tiff:Orientation",
)


@given(st.lists(st.sampled_from((*PARTS, b"6", b"\0"))).map(b"".join))
def test_no_place_is_left(packet: bytes) -> None:
    edited = without_place(packet)
    if edited is not None:
        assert len(edited) == len(packet)
        assert b":GPS" not in edited
    assert len(with_upright_orientation(packet)) == len(packet)
