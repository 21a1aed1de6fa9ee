"""Markdown in, safe HTML out, whatever comes in."""

from __future__ import annotations

from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editorial.markdown import to_html

ALLOWED = {
    *("p", "br", "hr", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        '<a href="javascript:alert(1)">x</a>',
        "<img src=x onerror=alert(1)>",
        "![x](https://elsewhere.example/track.png)",
        "<svg onload=alert(1)>",
        '"><svg/onload=alert(1)>',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<style>*{display:none}</style>",
        '[x](https://x.example/ "onmouseover=alert(1)")',
        "<https://x.example/\"onmouseover='alert(1)'>",
    ],
)
def test_nothing_dangerous_comes_out(text: str) -> None:
    for tag, attributes in Elements(to_html(text)).found:
        assert tag in ALLOWED
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert (attributes.get("href") or "https:").startswith(("http:", "https:", "mailto:"))


@settings(max_examples=300)
@given(
    st.text(alphabet=st.sampled_from("<>[]()!\"'`*_#-&;:/ \n\tabjavscript=xonerror"), max_size=120)
    | st.text(max_size=200)
)
def test_any_text_gives_only_allowed_elements_and_is_stable(text: str) -> None:
    html = to_html(text)
    for tag, attributes in Elements(html).found:
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "title", "rel", "start"}
        assert (attributes.get("href") or "https:").partition(":")[0].lower() not in ("javascript", "data", "vbscript")
    assert (
        nh3.clean(
            html, tags=ALLOWED, attributes={"a": {"href", "title"}, "ol": {"start"}}, link_rel="nofollow noopener"
        )
        == html
    )


def test_headings_begin_where_the_page_asks() -> None:
    assert to_html("# One\n\n## Two\n\n###### Six", 3) == "<h3>One</h3>\n<h4>Two</h4>\n<h5>Six</h5>\n"
    assert to_html("## Two\n\n# One\n\n## Two", 2) == "<h2>Two</h2>\n<h2>One</h2>\n<h3>Two</h3>\n"
    assert to_html("#### Deep", 2) == "<h2>Deep</h2>\n"
    assert to_html("# 1\n\n## 2\n\n### 3", 5) == "<h5>1</h5>\n<h6>2</h6>\n<h6>3</h6>\n"


def test_links_do_not_vouch_and_tables_are_kept() -> None:
    assert to_html("[x](https://x.example/)") == ('<p><a href="https://x.example/" rel="nofollow noopener">x</a></p>\n')
    assert "<table>" in to_html("|a|b|\n|-|-|\n|1|2|\n")
