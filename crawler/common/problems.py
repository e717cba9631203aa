"""The kinds of problems that a post may have, and whether one may have cost images.

A manifest has its problems in words, so that every version can read those of every other. The kind
is told from the words, by the first row of the table that fits them. What fits none was noted by
another version, and counts: a post is called whole only where that is known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    """What several problems have in common."""

    name: str
    words: re.Pattern[str]
    meaning: str
    advice: str
    costs_images: bool = True
    """Whether the post may name an image that was not found because of it."""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


PROBLEM_KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        name="missing-attachment",
        words=_words(r"^the (?:thumbnail|gallery) names attachment "),
        meaning="The post names an image by a number, and the export does not hold that one.",
        advice="Export all content of the site: its attachments are items of their own.",
    ),
    ProblemKind(
        name="front-matter",
        words=_words(r"^the front matter is not closed$|^broken (?:YAML|TOML|JSON) front matter: "),
        meaning="The front matter could not be read, or not all of it.",
        advice="Correct the front matter: a key that could not be read may name an image.",
    ),
    ProblemKind(
        name="computed-url",
        words=_words(r"^the URL of an image is computed by the site's engine"),
        meaning="The engine of the site puts the URL of an image together.",
        advice="Archive the pages of the site as the engine built them, too.",
    ),
    ProblemKind(
        name="not-all-read",
        words=_words(
            r"the rest was not read$|, not all read from line |, not read from line "
            r"|^a tag is too long to be read|were looked for$|: nested deeper than "
            r"|^more than \d+ (?:characters without a record|records that say nothing)$"
        ),
        meaning="A bound on the work for one post was reached.",
        advice="Look at what was not read yourself, or divide the post.",
    ),
    ProblemKind(
        name="encoding",
        words=_words(
            r"^not valid UTF-\d+ at byte |^not all of (?:it|the page) is "
            r"|^characters that could not be decoded$|^NUL characters: "
        ),
        meaning="Some bytes are no text in the encoding of the document.",
        advice="Save it as UTF-8: what stands around such bytes may be read wrongly.",
    ),
    ProblemKind(
        name="broken-document",
        words=_words(r"^broken (?:XML|JSON)\b"),
        meaning="The feed or export around the post is damaged.",
        advice="Ask for a sound one, or archive the pages that it is about.",
    ),
    ProblemKind(
        name="article-not-found",
        words=_words(r"; all of it was read$"),
        meaning="The part of the page that is the article was not found.",
        advice="See whether --select still names the article; the page may show something else.",
    ),
    ProblemKind(
        name="page-not-read",
        words=_words(r"^its page could not be read; "),
        meaning="The page of a feed's item did not come: the post is what the feed has of it.",
        advice="Run again later: the page may name more images than the feed.",
    ),
    ProblemKind(
        name="no-text",
        words=_words(r"^its text is neither here nor at a link$"),
        meaning="An item of a feed or export has no text, and no link to a page that has it.",
        advice="Archive the pages of the site, too.",
    ),
    ProblemKind(
        name="tls-not-verified",
        words=_words(r" \(--insecure-host\)$"),
        meaning="The certificate of a host was not verified, as --insecure-host asks.",
        advice="Nothing to do.",
        costs_images=False,
    ),
    ProblemKind(
        name="other",
        words=_words(""),
        meaning="Another version of this program noted it.",
        advice="Read what it says.",
    ),
)
PROBLEMS_BY_NAME = {kind.name: kind for kind in PROBLEM_KINDS}


def kind_of_problem(problem: str) -> ProblemKind:
    """Return the kind of a *problem* as a manifest has it.

    >>> kind_of_problem("not valid UTF-8 at byte 3").name, kind_of_problem("a new one").name
    ('encoding', 'other')
    """
    return next(kind for kind in PROBLEM_KINDS if kind.words.search(problem))


def costly(problems: Iterable[str]) -> tuple[str, ...]:
    """Return those of *problems* that may have cost images."""
    return tuple(problem for problem in problems if kind_of_problem(problem).costs_images)


def count_costly(problems: Iterable[str]) -> dict[str, int]:
    """Return how many of *problems* may have cost images, by the names of their kinds, sorted."""
    names = Counter(kind_of_problem(problem).name for problem in costly(problems))
    return dict(sorted(names.items()))
