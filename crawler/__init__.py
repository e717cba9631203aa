"""Archive the images that articles name, and record for each reference its outcome.

The folders are the stages, and data moves through them one way, as the frozen records of
`models`: `sources` finds articles and reads them, `references` finds the images that each one
names, `downloads` fetches them, `imaging` proves that they are complete and makes the derivatives,
and `store` keeps the files, the catalog and the manifests. `archiving` is the engine over them;
`spiders`, `pipelines` and `extensions` let Scrapy call it. Each feature has a folder with its
command; `cli` finds them in a table.
"""

__version__ = "0.1.0"

AGENT = f"image-archiver {__version__}"
"""Who wrote a manifest, as it stands there."""
