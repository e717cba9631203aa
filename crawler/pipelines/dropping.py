"""What Scrapy and the run are told of a post that cannot be archived."""

from __future__ import annotations

from types import TracebackType

from scrapy.exceptions import DropItem

from crawler.archiving.run import Ending, Run
from crawler.common.stop_signal import RunStopped
from crawler.errors import ManifestError, NoDecoderError, PathError, StorageError
from crawler.models import Post


class Dropping:
    """Turns what costs a post into DropItem; what would cost every post ends the run."""

    def __init__(self, run: Run, post: Post) -> None:
        self._run = run
        self._post = post

    def __enter__(self) -> None:
        """Watch over what is done with the post."""

    def __exit__(
        self, _kind: object, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if isinstance(error, RunStopped):
            raise DropItem("the run ends before its turn") from error
        if isinstance(error, StorageError):
            self._run.end(Ending.STORAGE, str(error))
        elif isinstance(error, NoDecoderError):
            self._run.end(Ending.NO_DECODER, str(error))
        elif isinstance(error, ManifestError | PathError):
            self._run.problem(self._post.source, str(error))
        else:
            return
        raise DropItem(str(error)) from error
