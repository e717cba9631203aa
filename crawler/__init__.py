"""Archive the images that articles name, and say for each reference what became of it.

The folders are the stages, and data moves through them one way, as the frozen records of
``model``: ``posts`` finds articles and reads them, ``references`` finds the images that each one
names, ``downloads`` fetches them, ``imaging`` proves that they are whole and makes the derivatives,
``bundles`` keeps the files and the catalog, and ``manifests`` writes beside each article what
happened to every reference. ``spiders``, ``pipelines`` and ``extensions`` wire the stages into a
Scrapy crawl, ``operations`` wires those that need no crawl, and ``cli`` is a thin shell over both.
"""

__version__ = "0.1.0"

AGENT = f"image-archiver {__version__}"
"""Who wrote a manifest, as it stands there."""
