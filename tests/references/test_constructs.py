"""What holds for every post with the constructs of engines and dialects, however it came about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.models import Language
from crawler.references import find_references, limits
from tests.references.posts import calls, post

PIECES = st.sampled_from(
    [
        "{% img ", "{%- ", " %}", "{% include figure src='", "{% raw %}", "{% endraw %}",
        "{% comment %}", "{% endcomment %}", "{% highlight a %}", "{{< figure src=", " >}}",
        "{{% img `", "{{</* ", "{{< /highlight >}}", "{{ site.url }}", "{{ '",
        "' | relative_url }}",
        "{{ page.x }}", "{% link ", "![[", "]]", "|300", "![a](", " =1x2)", "my photo.png", "a.png",
        ")", "{: ", "{", "}", "='", '"', "'", "`", "```", "\n", "\n\n", "    ", "> ", "- ", "\\",
        "import a from './b.png'\n", "<Image src={", "<img src={require('c.png')}", "<A {...b}",
        " style={{a: 'url(", "{/*", "*/}", "/>", "<div>", "<div markdown>\n", "<!--", "-->",
        "@site/", "%%", "[img src='", "[a ",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)
LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(["markdown", "html"])

UNITS = {
    "tags": "{% ",
    "named tags": "{% img ",
    "tags on lines": "{% img a\n",
    "whole tags": "{% img /a.png %} ",
    "shortcodes of WordPress": "[img src=a.png ",
    "whole shortcodes of WordPress": "[img src=a.png]",
    "quotes in tags": '{% img "',
    "includes": "{% include figure image_path='a.png' %}\n",
    "shortcodes": "{{< figure src='",
    "shortcodes on lines": "{{< figure\n",
    "shortcodes in quotations": "> {{< figure\n",
    "comments of Liquid": "{% comment %}",
    "code in lists": "- {% highlight a %}\n",
    "raw text": "{% raw %}",
    "expressions": "({{ a }}",
    "open expressions": "{{ '",
    "embeds": "![[a|",
    "raw spaces": "![a](b c",
    "sizes": "![a](b =",
    "lists of attributes": "![](a){: b",
    "braces": "={",
    "open tags of JSX": "<A b={",
    "tags of JSX": "<Image src={a} /> ",
    "comments of MDX": "{/*",
    "comments of Obsidian": "%% ",
    "comments of Obsidian on lines": "%%\na\n\n",
    "tags on lines of MDX": "<a\n",
    "attributes on lines": "<a b=c\nd='e'\n",
    "expressions on lines": "<A b={\n",
    "imports": "import a from './a.png'\n",
    "Markdown in HTML": "<div markdown>\n![](a)\n\n",
}


@given(TEXTS, LANGUAGES, st.integers(1, 1000))
def test_any_constructs(text: str, language: Language, first: int) -> None:
    """No post raises; what is found is the same each time, and stands on a line of the post."""
    subject = post(text, language=language, body_line=first)

    found = find_references(subject)

    assert found == find_references(subject)
    height = text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    lines = [int(reference.location.removeprefix("line ")) for reference in found.references]
    assert all(first <= line <= first + height for line in lines)
    assert not any("{{" in reference.destination for reference in found.references)


@given(st.text(alphabet="ab{}%<>|'\" \n!=:.[]()`", max_size=60))
def test_code_holds_nothing(text: str) -> None:
    """Between fences nothing is an image, whatever it looks like."""
    inside = text.replace("`", "") + "{% img /a.png %} ![[b.png]] <Image src={'c.png'} />"

    found = find_references(post(f"```\n{inside}\n```\n"))

    assert found.references == ()


@pytest.mark.parametrize("language", ["markdown", "html"])
@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_linear(language: Language, unit: str) -> None:
    """Four times the text calls at most about four times the functions."""
    few, many = (
        calls(post(unit * (length // len(unit)), language=language)) for length in (3_000, 12_000)
    )

    assert many < 5 * few + 2_000


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_linear_in_mdx(unit: str) -> None:
    """In MDX too, where a tag may go on for lines."""
    few, many = (
        calls(replace(post(unit * (length // len(unit))), suffix=".mdx"))
        for length in (3_000, 12_000)
    )

    assert many < 5 * few + 2_000


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("markdown", "{% gallery " + "a.png " * limits.TAG_LENGTH + "%}", "too long"),
        ("markdown", "<Image src={'a.png'" + " " * limits.TAG_LENGTH + "} />", "too long"),
        ("markdown", "{{ a }}" * limits.EXPRESSIONS, "expressions"),
        ("html", "{% img a.png %}" * (limits.CONSTRUCT_WORK // 10), "tags in HTML"),
        ("markdown", "<div>\n<A b={c} />" + "{" * limits.BRACES + "<A b={c} />", "tags in HTML"),
    ],
)  # fmt: skip
def test_bounds(language: Language, text: str, said: str) -> None:
    """A bound that is hit is a problem of the post, and what was found before stays found."""
    found = find_references(post(f"<img src=first.png>\n\n{text}", language=language))

    assert found.references[0].destination == "first.png"
    assert [said in problem for problem in found.problems][:1] == [True]
