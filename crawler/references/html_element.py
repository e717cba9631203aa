"""A start tag on its line, and the mentions that are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from crawler.fields import Origin, ReferrerPolicy
from crawler.references.candidate import NOT_CHOSEN, Mention, Skip

REFERRER_POLICIES: Final[Mapping[str, ReferrerPolicy]] = {
    policy: policy for policy in get_args(ReferrerPolicy)
}
"""By their names."""

_WITH_ALT: Final = frozenset({"amp-anim", "amp-img", "image", "img", "input", "mip-img"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What a construct needs to know of the element that it reads."""

    name: str
    attributes: Mapping[str, str]
    line: int
    origin: Origin | None = None
    """The construct of another language that this element stands for."""

    def mention(
        self,
        origin: Origin,
        destination: str,
        *,
        line: int | None = None,
        skip: Skip | None = None,
        chosen: str | None = None,
    ) -> Mention:
        """Return the mention of *destination* by this element.

        Where another one of its images is *chosen*, this one is skipped and names it.
        """
        if skip is None and chosen not in {None, destination}:
            skip = NOT_CHOSEN
        return Mention(
            origin=self.origin or origin,
            location=f"line {self.line if line is None else line}",
            destination=destination,
            alt=self.attributes.get("alt") if self.name in _WITH_ALT else None,
            referrer_policy=self._referrer_policy(),
            skip=skip,
            chosen=chosen,
        )

    def _referrer_policy(self) -> ReferrerPolicy | None:
        return REFERRER_POLICIES.get(self.attributes.get("referrerpolicy", "").lower())
