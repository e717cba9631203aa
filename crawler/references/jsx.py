r"""Find images in the JSX of MDX and Astro: tags whose attributes hold expressions, and components.

An expression is not evaluated. It names an image where it is a string, where it holds a string that
ends like one, ``require("a.png")`` or a name that an ``import`` of the post gave to an image. What
is put together from parts is the engine's to know.
Source: https://mdxjs.com/docs/what-is-mdx/, https://docs.astro.build/en/guides/images/,
https://docusaurus.io/docs/markdown-features/assets
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from crawler.fields import Origin
from crawler.references.aliases import without_alias
from crawler.references.image_urls import ends_like_image, may_name_image
from crawler.references.insertion import COMPUTED, TOO_LONG, Insertion, Markup, image_tag
from crawler.references.limits import BRACES, IMPORT_LENGTH, TAG_LENGTH, LimitReached
from crawler.references.origins import JSX_ATTRIBUTE, MDX_IMPORT

COMPONENT: Final = re.compile(r"<[A-Z]\w*?[a-z]")
JSX: Final = re.compile(rf"=\{{|{COMPONENT.pattern}")
"""What a text holds that may hold JSX."""

_NAME: Final = re.compile(r"<([A-Za-z][\w.]*+)(?=[\s/>])")
_ATTRIBUTE: Final = re.compile(
    r"""\s++([A-Za-z_:@][\w:.@-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|(?=(\{))))?+|\s*+(?=(\{))"""
)
_TAG_END: Final = re.compile(r"\s*+/?>")
_BRACE: Final = re.compile(r"[{}]")
_TOKEN: Final = re.compile(
    r""""([^"\n]*+)"|'([^'\n]*+)'|`([^`]*+)`|(?<![\w$.])([A-Za-z_$][\w$]*+)"""
)
_INTERPOLATION: Final = re.compile(r"\$\{\s*+([A-Za-z_$][\w$]*+)(?:\.\w++)*+\s*+\}")
_IMPORT: Final = re.compile(
    r"^[\t ]*+import\s++(?:\*\s++as\s++)?([A-Za-z_$][\w$]*+)"
    r"[^'\"\n;]*?\sfrom\s*+(['\"])([^'\"\n]++)\2"
    r"|^[\t ]*+(?:export\s++)?const\s++([A-Za-z_$][\w$]*+)\s*+=\s*+"
    r"require\(\s*+(['\"])([^'\"\n]++)\5\s*+\)",
    re.MULTILINE,
)
_IMPORTING: Final = ("import ", "const ", "export ")

_HTML: Final = frozenset(
    {
        "a", "audio", "body", "embed", "iframe", "image", "img", "input", "link", "meta", "object",
        "script", "source", "style", "table", "tbody", "td", "template", "tfoot", "th", "thead",
        "tr", "video",
    }
)  # fmt: skip
"""Names that HTML reads in any case; old pages write ``<Img Src=…>``."""
_IMAGES: Final = ("figure", "image", "img", "photo", "picture", "screenshot", "thumbnail")
"""A component whose name holds one of these shows what its `_SOURCES` name."""
_SOURCES: Final = frozenset(
    {
        "background", "backgroundimage", "cover", "dark", "darksrc", "fallback", "fallbacksrc",
        "icon", "image", "images", "imagesrc", "imageurl", "img", "light", "lightsrc", "logo",
        "photo", "picture", "poster", "screenshot", "source", "sources", "src", "srcdark",
        "srclight", "thumbnail",
    }
)  # fmt: skip
_OF_HTML: Final = {
    name.lower().replace("-", ""): name
    for name in ("background", "data", "data-original", "data-src", "data-srcset", "href",
                 "poster", "src", "srcset", "xlink:href")
}  # fmt: skip
_PLAIN: Final = frozenset({"alt", "height", "referrerpolicy", "sizes", "type", "width"})
_STYLES: Final = frozenset({"style", "styles", "sx"})

Imports = Mapping[str, "Import"]


class Import(NamedTuple):
    """An image that the post gives a name."""

    url: str
    line: int


class Source(NamedTuple):
    """An image that an expression names."""

    url: str
    line: int | None
    """Of the import, where it is one."""


class Braces:
    """Which brace closes which, in one text; looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._closing: dict[int, int] | None = None
        self._read_until = len(text) + 1

    def closing(self, position: int) -> int | None:
        """Return where the brace that opens at *position* is closed, or None.

        Raises LimitReached beyond the braces that are read.
        """
        if self._closing is None:
            self._closing = {}
            opened: list[int] = []
            for number, match in enumerate(_BRACE.finditer(self._text)):
                if number >= BRACES:
                    self._read_until = match.start()
                    break
                if match.group() == "{":
                    opened.append(match.start())
                elif opened:
                    self._closing[opened.pop()] = match.start()
        if position >= self._read_until:
            raise LimitReached(f"more than {BRACES} braces")
        return self._closing.get(position)


def imports_of(paragraph: str, line: int) -> Iterator[tuple[str, Import]]:
    """Yield the images that *paragraph*, which begins on *line*, imports, by their names.

    >>> dict(imports_of("import a from './b.png?w=300'", 7))
    {'a': Import(url='./b.png?w=300', line=7)}
    """
    if not paragraph.startswith(_IMPORTING):
        return
    counted = 0
    for match in _IMPORT.finditer(paragraph):
        line += paragraph.count("\n", counted, match.start())
        counted = match.start()
        name, url = match[1] or match[4], match[3] or match[6]
        if len(url) <= IMPORT_LENGTH and ends_like_image(url):
            yield name, Import(without_alias(url), line)


class _Attribute(NamedTuple):
    name: str
    """Lower case, without ``-``."""
    written: str
    expression: bool


class _Tag(NamedTuple):
    name: str
    attributes: list[_Attribute]
    end: int

    @property
    def component(self) -> bool:
        return self.name[0].isupper() and self.name.lower() not in _HTML

    @property
    def has_expressions(self) -> bool:
        return any(attribute.expression for attribute in self.attributes)


def jsx_at(text: str, position: int, braces: Braces, imports: Imports) -> Insertion | None:
    """Return what stands for the JSX tag that begins at *position*; None where HTML says it all."""
    tag = _tag_at(text, position, braces)
    if tag is None or not (tag.has_expressions or tag.component):
        return None
    if tag.end - position > TAG_LENGTH:
        return Insertion(tag.end, problem=TOO_LONG)
    if tag.name[0].isupper():
        return _component(tag, imports)
    return _element(tag, imports)


def end_of_tag(text: str, position: int, braces: Braces) -> int | None:
    """Return where the start tag that begins at *position* ends; None where none does."""
    try:
        tag = _tag_at(text, position, braces)
    except LimitReached:
        return None
    return tag and tag.end


def _tag_at(text: str, position: int, braces: Braces) -> _Tag | None:
    start = _NAME.match(text, position)
    if start is None:
        return None
    attributes: list[_Attribute] = []
    at = start.end()
    while match := _ATTRIBUTE.match(text, at):
        name, double, single, valued, spread = match.groups()
        at = match.end()
        if at - position > TAG_LENGTH:
            return _Tag(start[1], attributes, at)
        written = double if single is None else single
        if expression := bool(valued or spread):
            closing = braces.closing(at)
            if closing is None:
                return None
            written, at = text[at + 1 : closing], closing + 1
        plain = (name or "").lower().replace("-", "")
        attributes.append(_Attribute(plain, written or "", expression))
    end = _TAG_END.match(text, at)
    return end and _Tag(start[1], attributes, end.end())


def _component(tag: _Tag, imports: Imports) -> Insertion | None:
    """Return the images of a component: imported ones in any attribute, others by its name."""
    about_images = any(word in tag.name.lower() for word in _IMAGES)
    alt = next((_plain(a) for a in tag.attributes if a.name == "alt"), None)
    markup: list[Markup] = []
    if tag.name in imports:
        markup.append(_image(Source(*imports[tag.name]), alt))
    unknown = False
    for attribute in tag.attributes:
        if about_images and attribute.name == "srcset" and (value := _plain(attribute)):
            markup.append(Markup(image_tag({"srcset": value, "alt": alt}), JSX_ATTRIBUTE))
            continue
        sources = _sources(attribute, imports, about_images=about_images)
        markup += [_image(source, alt) for source in sources]
        unknown |= (
            about_images and not sources and attribute.expression and (attribute.name in _SOURCES)
        )
    if markup or unknown:
        return Insertion(tag.end, tuple(markup), COMPUTED if unknown else None)
    return Insertion(tag.end) if tag.has_expressions else None


def _image(source: Source, alt: str | None) -> Markup:
    origin: Origin = JSX_ATTRIBUTE if source.line is None else MDX_IMPORT
    return Markup(image_tag({"src": source.url, "alt": alt}), origin, source.line)


def _sources(attribute: _Attribute, imports: Imports, *, about_images: bool) -> list[Source]:
    """Return the images that an attribute of a component names."""
    holds_image = attribute.name in _SOURCES
    if not attribute.expression:
        accepted = may_name_image if about_images else ends_like_image
        found = holds_image and accepted(attribute.written)
        return [Source(without_alias(attribute.written), None)] if found else []
    if attribute.name in _STYLES:
        return []
    if about_images and holds_image and (value := _plain(attribute)):
        return [Source(without_alias(value), None)]
    every = holds_image or "require(" in attribute.written
    sources = _named(attribute.written, imports)
    return [source for source in sources if every or source.line is not None]


def _element(tag: _Tag, imports: Imports) -> Insertion:
    """Return an element of HTML with its expressions resolved."""
    attributes: dict[str, str | None] = {}
    origin: Origin = JSX_ATTRIBUTE
    line, computed = None, False
    more: list[Markup] = []
    for attribute in tag.attributes:
        name = _OF_HTML.get(attribute.name)
        if name is None:
            if attribute.name in _STYLES and attribute.expression:
                attributes["style"] = _style(attribute.written, imports)
                computed |= "url(" in attribute.written and attributes["style"] is None
            elif attribute.name in _PLAIN | _STYLES:
                attributes[attribute.name] = _plain(attribute)
            continue
        sources = _values(attribute, imports)
        computed |= not sources and tag.name == "img" and name.startswith("src")
        for source in sources[:1]:
            attributes[name] = source.url
            if source.line is not None:
                origin, line = MDX_IMPORT, source.line
        more += [_image(source, None) for source in sources[1:]]
    speaks = tag.name == "a" or not attributes
    markup = Markup(image_tag(attributes, tag.name), None if speaks else origin, line)
    return Insertion(tag.end, (markup, *more), COMPUTED if computed else None)


def _values(attribute: _Attribute, imports: Imports) -> list[Source]:
    """Return what an attribute of HTML is given; an expression may choose between several."""
    value = _plain(attribute)
    if value is not None:
        return [Source(value, None)]
    return list(dict.fromkeys(_named(attribute.written, imports)))


def _plain(attribute: _Attribute) -> str | None:
    """Return the value where it is a string or a number, without anything around it."""
    written = attribute.written.strip()
    if not attribute.expression:
        return attribute.written
    match = _TOKEN.fullmatch(written)
    if match and match[4] is None and "${" not in written:
        return written[1:-1]
    return written if written.isdecimal() else None


def _named(expression: str, imports: Imports) -> list[Source]:
    """Return the images that *expression* names by strings and by imported names."""
    sources: list[Source] = []
    joined = "+" in _TOKEN.sub("", expression)
    for match in _TOKEN.finditer(expression):
        double, single, template, name = match.groups()
        value = next((v for v in (double, single, template) if v is not None), None)
        if name is not None and name in imports:
            sources.append(Source(*imports[name]))
        elif value is not None and not joined and "${" not in value and ends_like_image(value):
            sources.append(Source(without_alias(value), None))
    return sources


def _style(expression: str, imports: Imports) -> str | None:
    """Return the declarations that paint the images of a style object."""
    found: list[str] = []
    for match in _TOKEN.finditer(expression):
        value = next((v for v in match.groups()[:3] if v is not None), "")
        value = _INTERPOLATION.sub(lambda use: _imported(use, imports), value)
        if "url(" in value and "${" not in value:
            found.append(f"background-image: {value}")
    return "; ".join(found) or None


def _imported(use: re.Match[str], imports: Imports) -> str:
    return imports[use[1]].url if use[1] in imports else use.group()
