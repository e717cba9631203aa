"""What one run was asked to do, read from settings once and checked."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_args

from crawler import imaging, references, settings
from crawler.common import json_codec, urls
from crawler.common.durations import age_of
from crawler.common.exclusion import Exclusion
from crawler.downloads import Policy
from crawler.downloads.address_guard import is_of_private_network
from crawler.errors import WrongSetting
from crawler.models import Profile
from crawler.references.random_pictures import MARKS, RANDOM_PICTURES
from crawler.sources import Reading
from crawler.sources.pages.page import check_selector

CONVERSIONS: dict[str, imaging.Convert | None] = {
    "jpeg": "jpeg",
    "webp": "webp",
    "avif": "avif",
    "png": "png",
    "none": None,
}
FailOn = Literal["any", "new", "never"]
_LARGEST_EDGE = 10_000
_DIGEST = re.compile(r"sha256:[0-9a-f]{8,64}")


_NETWORK_URL = "an absolute http or https URL"


class Settings(Protocol):
    """Values by the names in `crawler.settings`; Scrapy's are so, and every dictionary."""

    def get(self, name: str, /) -> Any:  # noqa: ANN401 - of any type, or its text
        """Return the value of a setting; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a run. `from_settings` raises WrongSetting for one that cannot be meant."""

    archive: Path
    name: str | None
    in_place: bool
    base_url: str | None
    select: str | None
    """The CSS selector of a page's article."""
    all_candidates: bool
    thumbnails: tuple[int, ...]
    animated_thumbnails: bool
    convert: imaging.Convert | None
    rederive: bool
    refresh: timedelta | None
    """How long ago an image was last confirmed that is asked for again; None: none is."""
    exclude: tuple[str, ...]
    not_placeholders: tuple[str, ...]
    """Digests, or how they begin."""
    exclude_random_pictures: bool
    max_pixels: int
    max_run_bytes: int
    max_time: float
    min_free: int
    fail_on: FailOn
    """Which images that are not archived make the exit code 1."""
    metrics: Path | None
    notify_command: str
    notify_timeout: float
    log_json: bool
    posts_in_hand: int
    pages: bool
    """Whether offline pages are written."""
    policy: Policy

    @classmethod
    def default(cls) -> Options:
        """Return the options of a run that nobody gave any."""
        return cls.from_settings(vars(settings))

    @classmethod
    def from_settings(cls, given: Settings) -> Options:
        """Return the options that the *given* settings hold. Raises WrongSetting."""
        return cls(
            archive=_folder(given, "ARCHIVE"),
            name=_name(given, "ARCHIVE_NAME"),
            in_place=_switch(given, "ARCHIVE_IN_PLACE"),
            base_url=_url(given, "ARCHIVE_BASE_URL"),
            select=_selector(given, "ARCHIVE_SELECT"),
            all_candidates=_switch(given, "ARCHIVE_ALL_CANDIDATES"),
            thumbnails=_edges(given, "ARCHIVE_THUMBNAILS"),
            animated_thumbnails=_switch(given, "ARCHIVE_ANIMATED_THUMBNAILS"),
            convert=_conversion(given, "ARCHIVE_CONVERT"),
            rederive=_switch(given, "ARCHIVE_REDERIVE"),
            refresh=_age(given, "ARCHIVE_REFRESH"),
            exclude=tuple(_text(given, "ARCHIVE_EXCLUDE").split("\n")),
            exclude_random_pictures=_switch(given, "ARCHIVE_EXCLUDE_RANDOM_PICTURES"),
            not_placeholders=_digests(given, "ARCHIVE_NOT_PLACEHOLDERS"),
            max_pixels=_at_least(1, given, "ARCHIVE_MAX_PIXELS"),
            max_run_bytes=_at_least(0, given, "ARCHIVE_MAX_RUN_BYTES"),
            max_time=_seconds(given, "ARCHIVE_MAX_TIME"),
            min_free=_at_least(0, given, "ARCHIVE_MIN_FREE"),
            fail_on=_fail_on(given, "ARCHIVE_FAIL_ON"),
            metrics=_file(given, "ARCHIVE_METRICS"),
            notify_command=_text(given, "ARCHIVE_NOTIFY_COMMAND").strip(),
            notify_timeout=_seconds(given, "ARCHIVE_NOTIFY_TIMEOUT", least=0.001),
            log_json=_switch(given, "ARCHIVE_LOG_JSON"),
            posts_in_hand=_at_least(1, given, "ARCHIVE_POSTS_IN_HAND"),
            pages=_switch(given, "ARCHIVE_PAGES"),
            policy=_policy(given),
        )

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """The derivatives to make."""
        return imaging.profiles(self.thumbnails, self.convert, animated=self.animated_thumbnails)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all that can change what a post's manifest says."""
        matters = {
            "extractor": references.EXTRACTOR_VERSION,
            "in_place": self.in_place,
            "base_url": self.base_url,
            "select": self.select,
            "all_candidates": self.all_candidates,
            "exclude": self.exclude,
            "exclude_random_pictures": self.exclude_random_pictures,
            "max_pixels": self.max_pixels,
            "max_bytes": self.policy.max_bytes,
            "obey_robots": self.policy.obey_robots,
            "allow_private_addresses": self.policy.allow_private_addresses,
            "referers": self.policy.referers,
            "insecure_hosts": sorted(self.policy.insecure_hosts),
            "timegate": self.policy.timegate,
        }
        return hashlib.sha256(json_codec.to_json(matters).encode()).hexdigest()[:16]

    @cached_property
    def reading(self) -> Reading:
        """How the sources are read."""
        return Reading(
            name=self.name,
            base_url=self.base_url,
            select=self.select,
            all_candidates=self.all_candidates,
            ahead=self.policy.per_host,
            fingerprint=self.fingerprint,
        )

    def excludes(self, url: str) -> str | None:
        """Return the rule that leaves *url* out, or None."""
        given = next((rule for rule, exclusion in self._given if exclusion.matches(url)), None)
        if given is not None or not self.exclude_random_pictures:
            return given
        if not any(mark in url for mark in MARKS):
            return None
        is_random = any(pattern.match(url) for pattern in _random_pictures())
        return "another picture at each request (--fetch-random-pictures)" if is_random else None

    @cached_property
    def _given(self) -> tuple[tuple[str, Exclusion], ...]:
        given = filter(None, map(str.strip, self.exclude))
        return tuple((f"--exclude {text}", Exclusion(text)) for text in given)


@cache
def _random_pictures() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(fnmatch.translate(each)) for each in RANDOM_PICTURES)


def _policy(given: Settings) -> Policy:
    return Policy(
        timeout=_seconds(given, "DOWNLOAD_TIMEOUT", least=0.001),
        max_bytes=_at_least(1, given, "DOWNLOAD_MAXSIZE"),
        attempts=_at_least(1, given, "ARCHIVE_ATTEMPTS"),
        backoff=_seconds(given, "ARCHIVE_BACKOFF"),
        per_host=_at_least(1, given, "CONCURRENT_REQUESTS_PER_DOMAIN"),
        delay=_seconds(given, "DOWNLOAD_DELAY"),
        window=_at_least(1, given, "CONCURRENT_REQUESTS"),
        obey_robots=_switch(given, "ROBOTSTXT_OBEY"),
        allow_private_addresses=_switch(given, "ARCHIVE_ALLOW_PRIVATE_ADDRESSES"),
        total=_seconds(given, "ARCHIVE_ENTRY_TIMEOUT", least=0.001),
        user_agent=_user_agent(given),
        referers=_referers(given, "ARCHIVE_REFERERS"),
        insecure_hosts=_hosts(given, "ARCHIVE_INSECURE_HOSTS"),
        timegate=_timegate(given),
    )


def _text(given: Settings, key: str) -> str:
    value = given.get(key)
    return "" if value is None else str(value)


def _lines(given: Settings, key: str) -> list[str]:
    value = given.get(key)
    lines = value if isinstance(value, list | tuple) else str(value or "").split("\n")
    return [line for line in map(str.strip, map(str, lines)) if line]


def _folder(given: Settings, key: str) -> Path:
    if not _text(given, key):
        raise WrongSetting(key, "", "the folder of the archive")
    return Path(_text(given, key))


def _file(given: Settings, key: str) -> Path | None:
    text = _text(given, key)
    path = Path(text).absolute() if text else None
    if path is not None and path.is_dir():
        raise WrongSetting(key, text, "a file, and it is a folder")
    return path


def _fail_on(given: Settings, key: str) -> FailOn:
    for known in get_args(FailOn):
        if given.get(key) == known:
            return cast("FailOn", known)
    raise WrongSetting(key, given.get(key), "any, new or never")


_SWITCHES = {"true": True, "false": False, "1": True, "0": False}
"""As Scrapy reads them."""


def _switch(given: Settings, key: str) -> bool:
    switch = _SWITCHES.get(_text(given, key).lower())
    if switch is None:
        raise WrongSetting(key, given.get(key), "true or false")
    return switch


def _name(given: Settings, key: str) -> str | None:
    name = _text(given, key)
    if name and any(part in {"", ".", ".."} for part in name.split("/")):
        raise WrongSetting(key, name, "a name such as blog or blogs/ann")
    return name or None


def _url(given: Settings, key: str) -> str | None:
    text = _text(given, key)
    if not text:
        return None
    resolved = urls.resolve(text, None)
    if resolved is None or urls.scheme(resolved) not in urls.NETWORK_SCHEMES:
        raise WrongSetting(key, text, _NETWORK_URL)
    return resolved


def _selector(given: Settings, key: str) -> str | None:
    text = _text(given, key)
    if text:
        check_selector(text)
    return text or None


def _age(given: Settings, key: str) -> timedelta | None:
    text = _text(given, key)
    age = age_of(text) if text else None
    if text and age is None:
        raise WrongSetting(key, text, "an age such as 30d, 12h or 0")
    return age


def _referers(given: Settings, key: str) -> tuple[tuple[str, str], ...]:
    return tuple(_referer(line, key) for line in _lines(given, key))


def _referer(line: str, key: str) -> tuple[str, str]:
    host, _, url = line.partition("=")
    name, resolved = urls.named_host(host, port=False), urls.resolve(url, None)
    if resolved is None or urls.scheme(resolved) not in urls.NETWORK_SCHEMES or name is None:
        raise WrongSetting(key, line, "HOST=URL with the name of a host and an http or https URL")
    return name, resolved


def _hosts(given: Settings, key: str) -> frozenset[str]:
    hosts = {line: urls.named_host(line, port=False) for line in _lines(given, key)}
    for line, host in hosts.items():
        if host is None:
            raise WrongSetting(key, line, "the name of a host, without a port")
    return frozenset(filter(None, hosts.values()))


def _user_agent(given: Settings) -> str:
    agent, contact = _text(given, "USER_AGENT"), _text(given, "ARCHIVE_CONTACT").strip()
    words = f"{agent} (+{contact})" if contact else agent
    if not (words.isascii() and words.isprintable() and words.strip()):
        raise WrongSetting("USER_AGENT", words, "printable ASCII")
    return words


def _timegate(given: Settings) -> str | None:
    fallback = _text(given, "ARCHIVE_FALLBACK")
    if fallback not in {"", "none", "memento"}:
        raise WrongSetting("ARCHIVE_FALLBACK", fallback, "memento or none")
    resolved = _url(given, "ARCHIVE_TIMEGATE")
    if resolved is None:
        raise WrongSetting("ARCHIVE_TIMEGATE", "", _NETWORK_URL)
    allowed = _switch(given, "ARCHIVE_ALLOW_PRIVATE_ADDRESSES")
    if fallback == "memento" and is_of_private_network(resolved) and not allowed:
        public = "a public address; add ARCHIVE_ALLOW_PRIVATE_ADDRESSES for others"
        raise WrongSetting("ARCHIVE_TIMEGATE", resolved, public)
    # The image's URL is put behind it.
    beginning = resolved if resolved.endswith(("/", "=", "?")) else f"{resolved}/"
    return beginning if fallback == "memento" else None


def _digests(given: Settings, key: str) -> tuple[str, ...]:
    texts = _text(given, key).lower().replace(",", " ").split()
    digests = tuple(f"sha256:{text.removeprefix('sha256:')}" for text in texts)
    for text, found in zip(texts, digests, strict=True):
        if not _DIGEST.fullmatch(found):
            raise WrongSetting(key, text, "sha256: and at least 8 hexadecimal digits")
    return digests


def _edges(given: Settings, key: str) -> tuple[int, ...]:
    value = given.get(key)
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if text.strip().lower() in {"none", ""}:
        return ()
    try:
        edges = {int(edge) for edge in text.replace(",", " ").split()}
    except ValueError:
        edges = {0}
    if not all(1 <= edge <= _LARGEST_EDGE for edge in edges):
        raise WrongSetting(key, text, f"pixels from 1 to {_LARGEST_EDGE}, or none")
    return tuple(sorted(edges, reverse=True))


def _conversion(given: Settings, key: str) -> imaging.Convert | None:
    text = str(given.get(key))
    if text not in CONVERSIONS:
        raise WrongSetting(key, text, f"one of {', '.join(CONVERSIONS)}")
    return CONVERSIONS[text]


def _at_least(least: int, given: Settings, key: str) -> int:
    try:
        value = int(given.get(key))
    except (ValueError, TypeError):
        value = least - 1
    if value < least:
        raise WrongSetting(key, given.get(key), f"a whole number from {least} on")
    return value


def _seconds(given: Settings, key: str, *, least: float = 0.0) -> float:
    try:
        value = float(given.get(key))
    except (ValueError, TypeError):
        value = -1.0
    if not least <= value < float("inf"):
        raise WrongSetting(key, given.get(key), "a number of seconds")
    return value
