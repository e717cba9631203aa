"""Posts from documents that hold many: feeds, sitemaps, exports of other systems."""
