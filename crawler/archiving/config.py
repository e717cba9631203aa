"""What one run was asked to do, read from Scrapy's settings once and checked."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, cast, get_args

from scrapy.settings import BaseSettings

from crawler import imaging, references
from crawler.downloads import Policy
from crawler.downloads.guard import is_of_private_network
from crawler.errors import UsageError
from crawler.grounds import records, urls
from crawler.grounds.ages import age_of
from crawler.intake import Reading
from crawler.model import Profile
from crawler.posts.pages import check_selector
from crawler.references.random_pictures import MARKS, RANDOM_PICTURES

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


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a run. `from_settings` raises UsageError for one that cannot be meant."""

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
        settings = BaseSettings()
        settings.setmodule("crawler.settings")
        return cls.from_settings(settings)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Options:
        """Return the options that *settings* hold. Raises UsageError."""
        return cls(
            archive=_folder(settings["ARCHIVE"]),
            name=_name(settings["ARCHIVE_NAME"]),
            in_place=_switch(settings, "ARCHIVE_IN_PLACE"),
            base_url=_base_url(settings["ARCHIVE_BASE_URL"]),
            select=_selector(settings["ARCHIVE_SELECT"]),
            all_candidates=_switch(settings, "ARCHIVE_ALL_CANDIDATES"),
            thumbnails=_edges(settings["ARCHIVE_THUMBNAILS"]),
            animated_thumbnails=_switch(settings, "ARCHIVE_ANIMATED_THUMBNAILS"),
            convert=_conversion(settings["ARCHIVE_CONVERT"]),
            rederive=_switch(settings, "ARCHIVE_REDERIVE"),
            refresh=_age(settings["ARCHIVE_REFRESH"]),
            exclude=tuple(str(settings["ARCHIVE_EXCLUDE"] or "").split("\n")),
            exclude_random_pictures=_switch(settings, "ARCHIVE_EXCLUDE_RANDOM_PICTURES"),
            not_placeholders=_digests(settings["ARCHIVE_NOT_PLACEHOLDERS"]),
            max_pixels=_at_least(1, settings, "ARCHIVE_MAX_PIXELS"),
            max_run_bytes=_at_least(0, settings, "ARCHIVE_MAX_RUN_BYTES"),
            max_time=_seconds(settings, "ARCHIVE_MAX_TIME"),
            min_free=_at_least(0, settings, "ARCHIVE_MIN_FREE"),
            fail_on=_fail_on(settings["ARCHIVE_FAIL_ON"]),
            metrics=_file(settings["ARCHIVE_METRICS"]),
            notify_command=str(settings["ARCHIVE_NOTIFY_COMMAND"] or "").strip(),
            notify_timeout=_seconds(settings, "ARCHIVE_NOTIFY_TIMEOUT", least=0.001),
            log_json=_switch(settings, "ARCHIVE_LOG_JSON"),
            posts_in_hand=_at_least(1, settings, "ARCHIVE_POSTS_IN_HAND"),
            pages=_switch(settings, "ARCHIVE_PAGES"),
            policy=Policy(
                timeout=_seconds(settings, "DOWNLOAD_TIMEOUT", least=0.001),
                max_bytes=_at_least(1, settings, "DOWNLOAD_MAXSIZE"),
                attempts=_at_least(1, settings, "ARCHIVE_ATTEMPTS"),
                backoff=_seconds(settings, "ARCHIVE_BACKOFF"),
                per_host=_at_least(1, settings, "CONCURRENT_REQUESTS_PER_DOMAIN"),
                delay=_seconds(settings, "DOWNLOAD_DELAY"),
                window=_at_least(1, settings, "CONCURRENT_REQUESTS"),
                obey_robots=_switch(settings, "ROBOTSTXT_OBEY"),
                allow_private_addresses=_switch(settings, "ARCHIVE_ALLOW_PRIVATE_ADDRESSES"),
                total=_seconds(settings, "ARCHIVE_ENTRY_TIMEOUT", least=0.001),
                user_agent=_user_agent(settings),
                referers=tuple(map(_referer, _lines(settings["ARCHIVE_REFERERS"]))),
                insecure_hosts=frozenset(map(_host, _lines(settings["ARCHIVE_INSECURE_HOSTS"]))),
                timegate=_timegate(settings),
            ),
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
        return hashlib.sha256(records.to_json(matters).encode()).hexdigest()[:16]

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
        given = next((rule for rule, pattern in self._given if pattern.match(url)), None)
        if given is not None or not self.exclude_random_pictures:
            return given
        if not any(mark in url for mark in MARKS):
            return None
        is_random = any(pattern.match(url) for pattern in _random_pictures())
        return "another picture at each request (--fetch-random-pictures)" if is_random else None

    @cached_property
    def _given(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        given = filter(None, map(str.strip, self.exclude))
        return tuple((f"--exclude {text}", _shell(text)) for text in given)


@cache
def _random_pictures() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(fnmatch.translate(each)) for each in RANDOM_PICTURES)


def _shell(text: str) -> re.Pattern[str]:
    """Return the shell pattern *text*; one without a wildcard is meant as a part of the URL."""
    return re.compile(fnmatch.translate(text if _has_wildcard(text) else f"*{text}*"))


def _has_wildcard(pattern: str) -> bool:
    return any(character in pattern for character in "*?[")


def _folder(value: object) -> Path:
    if not value:
        raise UsageError("--archive is empty: it names the folder of the archive")
    return Path(str(value))


def _file(value: object) -> Path | None:
    path = Path(str(value)).absolute() if value else None
    if path is not None and path.is_dir():
        raise UsageError(f"--metrics {value} is a folder: it names a file")
    return path


def _fail_on(value: object) -> FailOn:
    for known in get_args(FailOn):
        if value == known:
            return cast("FailOn", known)
    raise UsageError(f"--fail-on {value!r}: expected any, new or never")


def _switch(settings: BaseSettings, key: str) -> bool:
    try:
        return settings.getbool(key)
    except ValueError as error:
        raise UsageError(f"{key} {settings[key]!r}: expected true or false") from error


def _name(value: object) -> str | None:
    name = str(value or "")
    if any(part in {"", ".", ".."} for part in name.split("/")) and name:
        raise UsageError(f"--name {name!r} is not a name")
    return name or None


def _base_url(value: object) -> str | None:
    if not value:
        return None
    resolved = urls.resolve(str(value), None)
    if resolved is None or urls.scheme(resolved) not in urls.NETWORK_SCHEMES:
        raise UsageError(f"--base-url {value!r} is not an absolute http or https URL")
    return resolved


def _selector(value: object) -> str | None:
    if not value:
        return None
    check_selector(str(value))
    return str(value)


def _age(value: object) -> timedelta | None:
    text = "" if value is None else str(value)
    age = age_of(text) if text else None
    if text and age is None:
        raise UsageError(f"--refresh {text!r}: expected an age such as 30d, 12h or 0")
    return age


def _lines(value: object) -> list[str]:
    lines = value if isinstance(value, list | tuple) else str(value or "").split("\n")
    return [line for line in map(str.strip, map(str, lines)) if line]


def _referer(line: str) -> tuple[str, str]:
    host, _, url = line.partition("=")
    resolved = urls.resolve(url, None)
    if resolved is None or urls.scheme(resolved) not in urls.NETWORK_SCHEMES:
        raise UsageError(f"--referer {line!r}: expected HOST=URL with an http or https URL")
    return _host(host, f"--referer {line!r}"), resolved


def _host(name: str, where: str = "") -> str:
    """Return a host as it stands in URLs."""
    resolved = urls.resolve(f"http://{name.strip()}/", None)
    bare = resolved and resolved.removeprefix("http://").removesuffix("/")
    if not bare or "/" in bare or "@" in name or urls.host(resolved or "") != bare.strip("[]"):
        raise UsageError(f"{where or f'--insecure-host {name!r}'}: expected the name of a host")
    return bare.strip("[]")


def _user_agent(settings: BaseSettings) -> str:
    contact = str(settings["ARCHIVE_CONTACT"] or "").strip()
    words = f"{settings['USER_AGENT']} (+{contact})" if contact else str(settings["USER_AGENT"])
    if not (words.isascii() and words.isprintable() and words.strip()):
        raise UsageError(f"--user-agent {words!r}: expected printable ASCII")
    return words


def _timegate(settings: BaseSettings) -> str | None:
    fallback, timegate = settings["ARCHIVE_FALLBACK"], str(settings["ARCHIVE_TIMEGATE"])
    if fallback not in {"", None, "none", "memento"}:
        raise UsageError(f"--fallback {fallback!r}: expected memento or none")
    resolved = urls.resolve(timegate, None)
    if resolved is None or urls.scheme(resolved) not in urls.NETWORK_SCHEMES:
        raise UsageError(f"--timegate {timegate!r} is not an absolute http or https URL")
    allowed = settings.getbool("ARCHIVE_ALLOW_PRIVATE_ADDRESSES")
    if fallback == "memento" and is_of_private_network(resolved) and not allowed:
        raise UsageError(f"--timegate {timegate!r} is private: add --allow-private-addresses")
    # The image's URL is put behind it.
    beginning = resolved if resolved.endswith(("/", "=", "?")) else f"{resolved}/"
    return beginning if fallback == "memento" else None


def _digests(value: object) -> tuple[str, ...]:
    given = str(value or "").lower().replace(",", " ").split()
    digests = tuple(f"sha256:{text.removeprefix('sha256:')}" for text in given)
    for text, found in zip(given, digests, strict=True):
        if not _DIGEST.fullmatch(found):
            raise UsageError(
                f"--not-placeholder {text}: expected sha256: and at least 8 hexadecimal digits"
            )
    return digests


def _edges(value: object) -> tuple[int, ...]:
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if text.strip().lower() in {"none", ""}:
        return ()
    try:
        edges = {int(edge) for edge in text.replace(",", " ").split()}
    except ValueError:
        edges = {0}
    if not all(1 <= edge <= _LARGEST_EDGE for edge in edges):
        raise UsageError(
            f"--thumbnail {text!r}: expected pixels from 1 to {_LARGEST_EDGE}, or none"
        )
    return tuple(sorted(edges, reverse=True))


def _conversion(value: object) -> imaging.Convert | None:
    if str(value) not in CONVERSIONS:
        raise UsageError(f"--convert {value!r}: expected one of {', '.join(CONVERSIONS)}")
    return CONVERSIONS[str(value)]


def _at_least(least: int, settings: BaseSettings, key: str) -> int:
    try:
        value = settings.getint(key)
    except (ValueError, TypeError):
        value = least - 1
    if value < least:
        raise UsageError(f"{key} {settings[key]!r}: expected a whole number from {least} on")
    return value


def _seconds(settings: BaseSettings, key: str, *, least: float = 0.0) -> float:
    try:
        value = settings.getfloat(key)
    except (ValueError, TypeError):
        value = -1.0
    if not least <= value < float("inf"):
        raise UsageError(f"{key} {settings[key]!r}: expected a number of seconds")
    return value
