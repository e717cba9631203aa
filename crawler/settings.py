"""Scrapy settings, each with its reason; ``-s NAME=VALUE`` overrules any of them."""

from __future__ import annotations

from crawler import __version__

BOT_NAME = "image-archiver"
SPIDER_MODULES = ["crawler.spiders"]
USER_AGENT = f"image-archiver/{__version__}"

# --- what this project reads; the command line sets them from its options ---------------------

ARCHIVE = "archive"
"""The folder of the archive."""
ARCHIVE_NAME = ""
"""Puts the posts of this source under ``posts/<name>/``."""
ARCHIVE_IN_PLACE = False
"""Bundles stand beside the articles, which are not copied."""
ARCHIVE_BASE_URL = ""
"""What relative references resolve against where a post does not know its own URL."""
ARCHIVE_SELECT = ""
"""The CSS selector of a page's article; empty finds it by common ones."""
ARCHIVE_ALL_CANDIDATES = False
"""Whether the smaller candidates of an image are fetched too."""
ARCHIVE_THUMBNAILS = "320"
"""Longest edges in pixels, separated by commas; ``none`` makes none."""
ARCHIVE_ANIMATED_THUMBNAILS = False
"""Whether thumbnails of what moves move too (WebP); otherwise they show the first frame."""
ARCHIVE_CONVERT = "jpeg"
"""The format of the converted copy: jpeg, webp, avif, png or none."""
ARCHIVE_REDERIVE = False
"""Whether what the options ask for is made of the images that are here, too."""
ARCHIVE_REFRESH = ""
"""An age such as ``30d``, ``12h`` or ``0``: what was last confirmed longer ago is asked for again,
conditionally; empty asks for nothing that is archived."""
ARCHIVE_EXCLUDE = ""
"""Patterns of URLs to leave out, one a line."""
ARCHIVE_EXCLUDE_RANDOM_PICTURES = True
"""Whether services that give another picture at each request are left out."""
ARCHIVE_NOT_PLACEHOLDERS = ""
"""Digests of pictures that are no placeholders, or how they begin, separated by commas."""
ARCHIVE_MAX_PIXELS = 100_000_000
"""Of one picture; twelve times what a phone takes, and 300 MB once decoded."""
ARCHIVE_MAX_RUN_BYTES = 0
"""After so many received bytes the run stops; 0 is no limit."""
ARCHIVE_MAX_TIME = 0.0
"""After so many seconds the run stops; 0 is no limit."""
ARCHIVE_MIN_FREE = 0
"""The run stops when less than this many bytes are free on the disk; 0 is no limit."""
ARCHIVE_FAIL_ON = "any"
"""Which images that are not archived count for the exit code: any, new ones, or never."""
ARCHIVE_METRICS = ""
"""A file for metrics of the last run, in the text format of Prometheus."""
ARCHIVE_NOTIFY_COMMAND = ""
"""A command of the shell that gets the report of each run on its standard input."""
ARCHIVE_NOTIFY_TIMEOUT = 300.0
"""Seconds after which that command is ended."""
ARCHIVE_LOG_JSON = False
"""Whether each line of the log is a JSON object."""
ARCHIVE_ALLOW_PRIVATE_ADDRESSES = False
"""Whether hosts that are not public may be asked."""
ARCHIVE_ATTEMPTS = 3
"""How often an image is asked for in one run while its failure may pass."""
ARCHIVE_BACKOFF = 1.0
"""Seconds; the first wait before another attempt is a random part of it."""
ARCHIVE_ENTRY_TIMEOUT = 300.0
"""Seconds that one image may take in all: its requests and the waits between them."""
ARCHIVE_REFERERS = ""
"""What else to send as Referer where a host refuses, HOST=URL, one a line; subdomains count."""
ARCHIVE_CONTACT = ""
"""A mail address or URL under which you can be reached; it is added to the User-Agent."""
ARCHIVE_INSECURE_HOSTS = ""
"""Hosts whose TLS is not verified, one a line."""
ARCHIVE_FALLBACK = ""
"""``memento`` asks an archive of the web for images that are gone."""
ARCHIVE_TIMEGATE = "https://web.archive.org/web/"
"""Which archive: the beginning of its TimeGates' URLs (RFC 7089)."""
ARCHIVE_PAGES = True
"""Whether the offline pages of what changed are written at the end."""
ARCHIVE_POSTS_IN_HAND = 32
"""Posts worked on at once; a million posts run in the memory of these."""

# --- how much is asked of servers -----------------------------------------------------------------

CONCURRENT_REQUESTS = 16
"""The window: images in memory at once."""
CONCURRENT_REQUESTS_PER_DOMAIN = 4
"""What a guest may ask of one host at once."""
DOWNLOAD_DELAY = 0.0
"""Seconds between the beginnings of two requests to one host."""
DOWNLOAD_TIMEOUT = 60.0
"""For a whole attempt."""
DOWNLOAD_MAXSIZE = 100_000_000
"""Bytes of one image."""
ROBOTSTXT_OBEY = True

# --- how Scrapy runs ------------------------------------------------------------------------------

TWISTED_REACTOR_ENABLED = False  # asyncio alone does: no reactor to start and to stop
DOWNLOAD_HANDLERS = {
    # No scheme but these two can be asked for, whatever a post says.
    "http": "crawler.downloads.download_handler.GuardedDownloadHandler",
    "https": "crawler.downloads.download_handler.GuardedDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
ITEM_PIPELINES = {
    "crawler.pipelines.ImagesPipeline": 100,
    "crawler.pipelines.ManifestPipeline": 200,
}
EXTENSIONS_BASE = {
    # Scrapy imports all that is named here, switched on or not; these are what a run needs.
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "crawler.extensions.RunExtension": 0,
    "crawler.gallery.extension.GalleryExtension": 0,
}
DOWNLOADER_MIDDLEWARES_BASE = {
    # Retries, redirects and robots.txt have one authority, and it is in `downloads`; a guest keeps
    # no cookies; OffsiteMiddleware would drop the images of CDNs in silence. Content-Encoding is
    # undone there too: HttpCompressionMiddleware takes half a stream and a wrong checksum.
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
SPIDER_MIDDLEWARES_BASE = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
}
DOWNLOAD_VERIFY_CERTIFICATES = True  # off by default
TELNETCONSOLE_ENABLED = False  # on by default: a port into the process
REMOTE_CONTROL_ENABLED = False  # on by default: runs code sent over HTTP
LOG_FORMATTER = "crawler.extensions.QuietLogFormatter"
STATS_DUMP = False  # the run has a report of its own
LOG_LEVEL = "INFO"
