"""HTML as text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from rescodec.report.markup import Markup, element, joined, json_block, table

EVIL = '</script><b a="1">&amp;\''


def test_text_and_attributes_are_escaped() -> None:
    found: list[object] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, attrs))

        def handle_data(self, data: str) -> None:
            found.append(data)

    parser = Parser()
    parser.feed(element("p", EVIL, title=EVIL))
    parser.close()
    assert found[0] == ("p", [("title", EVIL)])
    assert "".join(map(str, found[1:])) == EVIL


def test_markup_stays() -> None:
    assert joined(["<", Markup("<"), element("br")]) == "&lt;<<br>"
    assert element("p", element("b", "x")) == "<p><b>x</b></p>"


def test_nothing_ends_data_of_scripts() -> None:
    block = json_block({"name": EVIL})
    assert block.count("</script>") == 1
    assert json.loads(re.sub("<.*?>", "", block)) == {"name": EVIL}


def test_tables_name_their_rows() -> None:
    content = table("Sizes", ("a", "b", "c"), [("x", "y", "1")], names=2)
    assert content.count('<th scope="row">') == 2
    assert content.count("<td>") == 1
    assert "<figcaption>Sizes</figcaption>" in content
